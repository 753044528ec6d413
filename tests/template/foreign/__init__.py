"""A tag library as a user would write it, from the documentation alone: nothing here knows how templates are compiled."""
