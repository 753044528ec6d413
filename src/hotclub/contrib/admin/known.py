"""What the checks must know of the layers above them, which put it here: the base classes and the sites."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

all_sites: WeakSet[Any] = WeakSet()
"""Every admin site that is alive."""

bases: dict[str, Any] = {}
"""The base classes by name: "ModelAdmin", "InlineModelAdmin"."""
