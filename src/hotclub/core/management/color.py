"""Terminal styles of management commands: which roles there are, and whether the terminal shows colour.

Knows palettes through `hotclub.utils.termcolors`; knows no command.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from types import SimpleNamespace

from hotclub.utils import termcolors

Painter = Callable[[str], str]
"""Wraps a text in the escape codes of one role."""

COLOR_VARIABLES = ("HOTCLUB_COLORS", "DJANGO_COLORS")
"""Environment variables that choose a palette, first one wins."""


class Style(SimpleNamespace):
    """One callable per role (`style.ERROR`, `style.SUCCESS` …); a role without a look gives the text back."""

    def __getattr__(self, role: str) -> Painter:
        if role.isupper():
            return _plain
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {role!r}")


def _plain(text: str) -> str:
    return text


def color_setting() -> str:
    """Return the user's palette definition, or an empty string."""
    return next((os.environ[name] for name in COLOR_VARIABLES if name in os.environ), "")


def supports_color() -> bool:
    """Say whether standard output is a terminal that understands ANSI colours."""
    if not (hasattr(sys.stdout, "isatty") and sys.stdout.isatty()):
        return False
    if sys.platform != "win32":
        return True
    return bool({"ANSICON", "WT_SESSION"} & os.environ.keys()) or os.environ.get("TERM_PROGRAM") == "vscode"


def make_style(config_string: str = "") -> Style:
    """Build a `Style` from a palette definition such as `"light;error=yellow/blue,blink"`.

    Args:
        config_string: definition in the form of the colour environment variables; the default palette, if empty.
    """
    style = Style()
    palette = termcolors.parse_color_setting(config_string)
    for role in termcolors.PALETTES[termcolors.NOCOLOR_PALETTE]:
        look = palette.get(role, {}) if palette else {}
        setattr(style, role, termcolors.make_style(**look) if palette else _plain)
    # The style of text that means an error in general.
    style.ERROR_OUTPUT = style.ERROR
    return style


@functools.cache
def no_style() -> Style:
    """Return the style that paints nothing."""
    return make_style("nocolor")


def color_style(force_color: bool = False) -> Style:
    """Return the style that fits the terminal.

    Args:
        force_color: paint even where standard output is not a terminal.
    """
    if not force_color and not supports_color():
        return no_style()
    return make_style(color_setting())
