"""Views of the admin that are documented modules of their own."""
