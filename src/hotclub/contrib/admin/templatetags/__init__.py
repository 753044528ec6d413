"""Template tags of the admin's own templates."""
