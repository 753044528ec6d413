"""Decorators of views, sync and async alike."""
