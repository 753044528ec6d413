"""Language package."""
