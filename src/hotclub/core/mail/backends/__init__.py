"""Mail backends, one a module."""
