"""Documentation of a project's own models, views, templates and tags, made from their docstrings."""
