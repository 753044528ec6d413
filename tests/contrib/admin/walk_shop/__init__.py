"""An app for the walk through the admin."""
