"""Backends of tasks."""
