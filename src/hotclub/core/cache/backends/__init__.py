"""Cache backends, one a module."""
