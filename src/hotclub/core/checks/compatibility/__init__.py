"""Checks for what changed between versions."""
