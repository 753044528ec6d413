"""Colours in the terminal: palettes, and the style that `DJANGO_COLORS` asks for."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

color_names = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
foreground = {name: f"3{code}" for code, name in enumerate(color_names)}
background = {name: f"4{code}" for code, name in enumerate(color_names)}
RESET = "0"
opt_dict = {"bold": "1", "underscore": "4", "blink": "5", "reverse": "7", "conceal": "8"}

NOCOLOR_PALETTE = "nocolor"
DARK_PALETTE = "dark"
LIGHT_PALETTE = "light"
DEFAULT_PALETTE = DARK_PALETTE

_ROLES = (
    "ERROR", "SUCCESS", "WARNING", "NOTICE", "SQL_FIELD", "SQL_COLTYPE", "SQL_KEYWORD", "SQL_TABLE", "HTTP_INFO",
    "HTTP_SUCCESS", "HTTP_REDIRECT", "HTTP_NOT_MODIFIED", "HTTP_BAD_REQUEST", "HTTP_NOT_FOUND", "HTTP_SERVER_ERROR",
    "MIGRATE_HEADING", "MIGRATE_LABEL",
)  # fmt: skip
_BOLD = ("bold",)

Definition = dict[str, Any]
Palette = dict[str, Definition]

PALETTES: dict[str, Palette] = {
    NOCOLOR_PALETTE: {role: {} for role in _ROLES},
    DARK_PALETTE: {
        "ERROR": {"fg": "red", "opts": _BOLD},
        "SUCCESS": {"fg": "green", "opts": _BOLD},
        "WARNING": {"fg": "yellow", "opts": _BOLD},
        "NOTICE": {"fg": "red"},
        "SQL_FIELD": {"fg": "green", "opts": _BOLD},
        "SQL_COLTYPE": {"fg": "green"},
        "SQL_KEYWORD": {"fg": "yellow"},
        "SQL_TABLE": {"opts": _BOLD},
        "HTTP_INFO": {"opts": _BOLD},
        "HTTP_SUCCESS": {},
        "HTTP_REDIRECT": {"fg": "green"},
        "HTTP_NOT_MODIFIED": {"fg": "cyan"},
        "HTTP_BAD_REQUEST": {"fg": "red", "opts": _BOLD},
        "HTTP_NOT_FOUND": {"fg": "yellow"},
        "HTTP_SERVER_ERROR": {"fg": "magenta", "opts": _BOLD},
        "MIGRATE_HEADING": {"fg": "cyan", "opts": _BOLD},
        "MIGRATE_LABEL": {"opts": _BOLD},
    },
    LIGHT_PALETTE: {
        "ERROR": {"fg": "red", "opts": _BOLD},
        "SUCCESS": {"fg": "green", "opts": _BOLD},
        "WARNING": {"fg": "yellow", "opts": _BOLD},
        "NOTICE": {"fg": "red"},
        "SQL_FIELD": {"fg": "green", "opts": _BOLD},
        "SQL_COLTYPE": {"fg": "green"},
        "SQL_KEYWORD": {"fg": "blue"},
        "SQL_TABLE": {"opts": _BOLD},
        "HTTP_INFO": {"opts": _BOLD},
        "HTTP_SUCCESS": {},
        "HTTP_REDIRECT": {"fg": "green", "opts": _BOLD},
        "HTTP_NOT_MODIFIED": {"fg": "green"},
        "HTTP_BAD_REQUEST": {"fg": "red", "opts": _BOLD},
        "HTTP_NOT_FOUND": {"fg": "red"},
        "HTTP_SERVER_ERROR": {"fg": "magenta", "opts": _BOLD},
        "MIGRATE_HEADING": {"fg": "cyan", "opts": _BOLD},
        "MIGRATE_LABEL": {"opts": _BOLD},
    },
}


def colorize(text: Any = "", opts: Any = (), **kwargs: Any) -> str:
    """Return the text in colour.

    Args:
        text: what to show; nothing with the option "reset" gives the code that ends all colours.
        opts: bold, underscore, blink, reverse, conceal; "noreset" leaves the end open.
        fg, bg: names of colours.
    """
    if text == "" and len(opts) == 1 and opts[0] == "reset":
        return f"\x1b[{RESET}m"
    codes = []
    for name, value in kwargs.items():
        if name == "fg":
            codes.append(foreground[value])
        elif name == "bg":
            codes.append(background[value])
    codes += [opt_dict[opt] for opt in opts if opt in opt_dict]
    if "noreset" not in opts:
        text = f"{text or ''}\x1b[{RESET}m"
    return f"\x1b[{';'.join(codes)}m{text or ''}"


def make_style(opts: Any = (), **kwargs: Any) -> Callable[[Any], str]:
    """Return a function that colours texts; the arguments are those of `colorize`."""
    return lambda text: colorize(text, opts, **kwargs)


def parse_color_setting(config_string: str) -> Palette | None:
    """Return the palette that a text like "light;error=yellow/blue,blink" describes; None if it has no colour at all."""
    if not config_string:
        return PALETTES[DEFAULT_PALETTE]
    palette: Palette = dict(PALETTES[NOCOLOR_PALETTE])
    for part in config_string.lower().split(";"):
        if part in PALETTES:
            # A palette replaces what stands before it.
            palette.update(PALETTES[part])
        elif "=" in part:
            role, _, instructions = part.partition("=")
            role = role.upper()
            definition = _parse_instructions(instructions)
            if role in PALETTES[NOCOLOR_PALETTE] and definition:
                palette[role] = definition
    return None if palette == PALETTES[NOCOLOR_PALETTE] else palette


def _parse_instructions(text: str) -> Definition:
    colors, *options = text.split(",")
    definition: Definition = {}
    parts = colors.split("/")
    if parts[0] in color_names:
        definition["fg"] = parts[0]
    if len(parts) > 1 and parts[1] in color_names:
        definition["bg"] = parts[1]
    # The last option given comes first, each once.
    known = tuple(option for option in reversed(options) if option in opt_dict)
    if known:
        definition["opts"] = known
    return definition


class Style:
    """Functions that colour texts, one per role: `style.ERROR("no")`."""

    def __getattr__(self, role: str) -> Callable[[Any], Any]:
        if role.startswith("_"):
            raise AttributeError(role)
        return _plain


def _plain(text: Any) -> Any:
    return text


def make_color_style(config_string: str = "") -> Style:
    """Return the style that a text describes; without colours if it describes none."""
    style = Style()
    palette = parse_color_setting(config_string)
    for role in PALETTES[NOCOLOR_PALETTE]:
        setattr(style, role, make_style(**palette.get(role, {})) if palette else _plain)
    # For the plain text of commands.
    style.ERROR_OUTPUT = style.ERROR  # type: ignore[attr-defined]
    return style


def terminal_supports_color() -> bool:
    """Say whether standard output is a terminal that shows colours."""
    if os.environ.get("TERM") == "dumb" or not (hasattr(sys.stdout, "isatty") and sys.stdout.isatty()):
        return False
    return sys.platform != "win32" or "ANSICON" in os.environ or "WT_SESSION" in os.environ


@functools.cache
def _no_style() -> Style:
    return make_color_style("nocolor")


def color_style(force_color: bool = False) -> Style:
    """Return the style for standard output: without colours unless it shows them (or `force_color`)."""
    if not force_color and not terminal_supports_color():
        return _no_style()
    return make_color_style(os.environ.get("DJANGO_COLORS", ""))
