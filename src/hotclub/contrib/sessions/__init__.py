"""Sessions: data kept for a visitor between requests."""
