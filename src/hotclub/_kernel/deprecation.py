"""Deprecation warnings: their classes, and how they find the line that is to blame.

Light on imports on purpose: settings are read through here.
"""

from __future__ import annotations

import sys
import warnings
from types import FrameType


class RemovedInDjango2028Warning(DeprecationWarning):
    """For what goes away in the version after the next."""


RemovedInNextVersionWarning = RemovedInDjango2028Warning


class RemovedAfterNextVersionWarning(PendingDeprecationWarning):
    """For what goes away one version later still."""


def _matches(frame: FrameType, prefixes: str | tuple[str, ...]) -> bool:
    name = f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_qualname}"
    return name.startswith(prefixes)


def _is_internal(frame: FrameType, modules: tuple[str, ...]) -> bool:
    name = frame.f_globals.get("__name__") or ""
    return any(name == module or name.startswith(module + ".") for module in modules)


def warn_about_external_use(
    message: str,
    category: type[Warning],
    *,
    skip_name_prefixes: str | tuple[str, ...] = (),
    skip_frames: int = 0,
    internal_modules: tuple[str, ...] | None = None,
) -> None:
    """Warn the caller of the calling (deprecated) function, unless that caller is one of us.

    Args:
        message: text of the warning.
        category: its class.
        skip_name_prefixes: callers whose "module.qualname" starts so are passed over first.
        skip_frames: then this many callers are passed over.
        internal_modules: modules (with their submodules) that are not warned; the package itself, if None.

    Raises:
        TypeError: `internal_modules` is not a tuple.
    """
    if internal_modules is None:
        internal_modules = ("hotclub",)
    elif not isinstance(internal_modules, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may err
        raise TypeError("internal_modules must be a tuple of module names")
    # Level 1 is this function, 2 the deprecated one, 3 its caller.
    level = 3
    frame: FrameType | None = sys._getframe(1).f_back  # pyright: ignore[reportPrivateUsage]  # what warnings use
    while frame is not None and _matches(frame, skip_name_prefixes):
        frame = frame.f_back
        level += 1
    for _ in range(skip_frames):
        if frame is None:
            break
        frame = frame.f_back
        level += 1
    if frame is not None and _is_internal(frame, internal_modules):
        return
    warnings.warn(message, category=category, stacklevel=level)
