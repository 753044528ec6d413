"""A small application whose models the tests use."""
