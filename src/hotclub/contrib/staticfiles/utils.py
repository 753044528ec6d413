"""The known import path of helpers for third-party finders and storages."""

from __future__ import annotations

from hotclub.contrib.staticfiles.matching import check_settings, get_files, matches_patterns

__all__ = ["check_settings", "get_files", "matches_patterns"]
