"""The version of the package."""

from __future__ import annotations

VERSION = (0, 1, 0, "alpha", 0)
"""major, minor, micro, stage (alpha, beta, rc or final), number within the stage"""

__version__ = "0.1.0.dev0"
