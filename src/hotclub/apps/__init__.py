"""Installed applications (façade)."""

from hotclub.apps.config import AppConfig
from hotclub.apps.registry import apps

__all__ = ["AppConfig", "apps"]
