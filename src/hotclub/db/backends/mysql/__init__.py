"""Documented package; its modules hold the parts."""
