"""How a value is written for a place. Every function takes time linear in the value.

What cannot be made harmless becomes `BLOCKED`, or an address that leads nowhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from hotclub._template.contextual.scripts import Script, Style
from hotclub._template.contextual.states import State, Url
from hotclub._template.output import render_value_in_context
from hotclub.utils.html import escapejs, script_json
from hotclub.utils.safestring import SafeData

BLOCKED = "blocked"
BLOCKED_URL = "about:invalid#blocked"
ALLOWED_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", "ftp"})

Escaper = Callable[[Any, Any], str]
"""Takes a value and the context, gives text."""

_scheme_re = re.compile(r"[^/?#:]*:")
_invisible_re = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]+")
_unquoted_re = re.compile(r"[^\w.:/?&#;%,@!$*()+-]", re.ASCII)
_strict_re = re.compile(r"[\w .,:_-]*")
_css_value_re = re.compile(r"[\w\s.,#%+!-]*")
_css_text_re = re.compile(r"[^\w .,#%+-]", re.ASCII)
_attribute_name_re = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_element_name_re = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_refused_names = frozenset({"style", "srcdoc", "srcset", "imagesrcset", "type", "http-equiv", "is", "slot"})
_refused_elements = frozenset(
    [
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "base",
        "link",
        "meta",
        "template",
        "textarea",
        "title",
        "svg",
        "math",
        "noscript",
        "xmp",
        "plaintext",
    ]
)


def text_of(value: Any, context: Any) -> str:
    """Return what a value says, as plain text: localized as usual, a safe text with its entities resolved."""
    if isinstance(value, SafeData):
        return html.unescape(str(value))
    if isinstance(value, str):
        return str(value)
    shown = render_value_in_context(value, context)
    return html.unescape(shown) if context.autoescape else shown


def quoted(value: Any, context: Any) -> str:
    """Write for an attribute in quotes: a safe text keeps its entities and loses what could end the attribute."""
    shown = render_value_in_context(value, context)
    if isinstance(value, SafeData) or not isinstance(value, str):
        for sign, entity in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")):
            shown = shown.replace(sign, entity)
    return shown


def for_quoted(text: str) -> str:
    """Write a text for an attribute in quotes."""
    return html.escape(text)


def for_unquoted(text: str) -> str:
    """Write a text for an attribute without quotes; one that is empty would take what follows."""
    return _unquoted_re.sub(lambda found: f"&#{ord(found[0])};", html.escape(text)) or "&#32;"


def strict(value: Any, context: Any) -> str:
    """Write where the place is not known: words only."""
    text = text_of(value, context)
    return text if _strict_re.fullmatch(text) else BLOCKED


def element_name(value: Any, context: Any) -> str:
    """Write the name of an element, or the end of one."""
    text = text_of(value, context)
    return text if text.isalnum() and text.isascii() and text.lower() not in _refused_elements else BLOCKED


def attribute_name(value: Any, context: Any) -> str:
    """Write between attributes: the name of one. A safe text is taken for written attributes, as forms give them."""
    if isinstance(value, SafeData):
        return str(value)
    text = text_of(value, context)
    if not text:
        return ""
    lower = text.lower()
    refused = lower in _refused_names or lower.startswith(("on", "x-", "hx-", "v-")) or _holds_address(lower)
    return BLOCKED if refused or not _attribute_name_re.fullmatch(text) else text


def _holds_address(name: str) -> bool:
    return isinstance(State("before", attribute=name).started().inner, Url)


# Addresses ------------------------------------------------------------------------------------------------------------

_NORMAL = "!#$%&'()*+,/:;=?@[]~"


def address(text: str, part: str, is_encoded: bool = False) -> str:
    """Write a part of an address, percent-encoded, not yet escaped for HTML.

    Args:
        text: the value.
        part: see `Url`.
        is_encoded: the template has encoded it.
    """
    if part == "start":
        scheme = _scheme_re.match(_invisible_re.sub("", text))
        if scheme is not None and scheme[0][:-1].lower() not in ALLOWED_SCHEMES:
            return BLOCKED_URL
    if part == "query" and not is_encoded:
        return quote(text, safe="")
    encoded = quote(text, safe=_NORMAL)
    return encoded.replace(":", "%3A") if part == "open" else encoded


def addresses(text: str) -> str:
    """Write the candidates of a `srcset`."""
    candidates = []
    for candidate in text.split(","):
        url, _, size = candidate.strip().partition(" ")
        candidates.append(f"{address(url, 'start')} {size}".strip() if _strict_re.fullmatch(size) else BLOCKED_URL)
    return ", ".join(candidates)


# Scripts --------------------------------------------------------------------------------------------------------------


def script(value: Any, context: Any, place: Script, is_escaped: bool = False) -> str:
    """Write for JavaScript: a literal where code stands, the inside of one in quotes."""
    mode = place.mode
    if mode == "code":
        if isinstance(value, SafeData):
            value = html.unescape(str(value))
        try:
            text = script_json(value)
        except (TypeError, ValueError, RecursionError):
            text = script_json(text_of(value, context))
        # Blanks keep a literal from growing together with a word beside it.
        return f" {text} "
    if mode in ("line", "block"):
        return ""
    if mode == "unknown":
        return strict(value, context)
    text = str(value) if is_escaped else escapejs(text_of(value, context))
    text = str(text).replace("$", "\\u0024")
    if mode in ("regex", "class"):
        return "".join(
            char if char.isalnum() or char in "\\_ " else f"\\u{ord(char):04X}" for char in text if ord(char) < 0x10000
        )
    return text


def style(value: Any, context: Any, place: Style) -> str:
    """Write for CSS: harmless words where code stands, escapes in quotes, an address in `url()`."""
    text = text_of(value, context)
    if place.mode == "code":
        return text if _css_value_re.fullmatch(text) and "--" not in text else BLOCKED
    if place.mode == "block":
        return ""
    if place.is_url:
        text = address(text, "open" if place.started else "start")
    return _css_text_re.sub(lambda found: f"\\{ord(found[0]):X} ", text)


# All together ---------------------------------------------------------------------------------------------------------


def escaper_for(state: State, last_filter: str = "") -> Escaper | None:
    """Return how a value is written at a place; None if the usual HTML escaping is right.

    Args:
        state: the place.
        last_filter: name of the last filter of the expression: what it did is not done again.
    """
    if state.mode == "before":
        state = state.started()
    if state.mode in ("open", "name"):
        return element_name
    if state.mode in ("tag", "named", "attribute"):
        return attribute_name
    if state.mode == "unknown" or (state.mode == "value" and state.kind == "opaque"):
        return strict
    if state.mode not in ("value", "raw"):
        return None
    plain = _plain_escaper(state, last_filter)
    if state.mode == "raw":
        return plain
    if plain is None:
        return quoted if state.quote else lambda value, context: for_unquoted(text_of(value, context))
    write = for_quoted if state.quote else for_unquoted
    return lambda value, context: write(plain(value, context))


def _plain_escaper(state: State, last_filter: str) -> Escaper | None:
    """Return how a value is written in the language of the place, without what HTML wants around it."""
    kind, inner = state.kind, state.inner
    if kind == "script" and isinstance(inner, Script):
        return lambda value, context: script(value, context, inner, last_filter == "escapejs")
    if kind == "style" and isinstance(inner, Style):
        return lambda value, context: style(value, context, inner)
    if kind == "url" and isinstance(inner, Url):
        return lambda value, context: address(
            text_of(value, context), inner.part, last_filter in ("urlencode", "iriencode")
        )
    if kind == "urls":
        return lambda value, context: addresses(text_of(value, context))
    if kind == "document":
        return lambda value, context: html.escape(text_of(value, context))
    return None
