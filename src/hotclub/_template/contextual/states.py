"""Where a value stands in HTML: the tokenizer's states, as far as escaping needs them, over the literal text of a template."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from hotclub._template.contextual.scripts import Script, Style

URL_ATTRIBUTES = frozenset(
    [
        "action",
        "archive",
        "background",
        "cite",
        "classid",
        "codebase",
        "data",
        "formaction",
        "href",
        "icon",
        "longdesc",
        "manifest",
        "ping",
        "poster",
        "profile",
        "src",
        "usemap",
        "xlink:href",
        "xml:base",
    ]
)
URL_LIST_ATTRIBUTES = frozenset({"srcset", "imagesrcset"})
SCRIPT_ATTRIBUTE_PREFIXES = ("on", "@", "x-", "hx-on", "v-", ":")
"""Event handlers, and what well-known script libraries run."""

RAW_ELEMENTS = {"script": "script", "style": "style"}
TEXT_ELEMENTS = frozenset({"textarea", "title"})
_script_types = frozenset(
    {"", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript"}
)
_data_types_re = re.compile(r"application/(?:[\w.+-]+\+)?json|importmap|speculationrules")

_name_re = re.compile(r"[^\s/>=]+")
_tag_name_re = re.compile(r"[^\s/>]*")
_space_re = re.compile(r"[\s/]*")
_blank_re = re.compile(r"\s*")
_unquoted_re = re.compile(r"[^\s>]*")
_quoted_res = {quote: re.compile(rf"[^{quote}]*") for quote in "\"'"}
_raw_end_res = {name: re.compile(rf"</{name}(?=[\s/>]|$)", re.IGNORECASE) for name in (*RAW_ELEMENTS, *TEXT_ELEMENTS)}
_refused_url_re = re.compile(
    r"[\x00-\x20]*(?:javascript|vbscript|data(?!:image/(?:png|gif|jpeg|webp|avif)[;,])):", re.IGNORECASE
)
_url_part_re = re.compile(r"[?#]")
_url_path_re = re.compile(r"[/:?#]")


class Url(NamedTuple):
    """A place in an address: start, open (a scheme could still be made), path, query; or refused: a script, not an address."""

    part: str = "start"

    def after(self, text: str) -> Url:
        """Return the place behind some literal text."""
        if self.part == "refused" or (self.part == "start" and _refused_url_re.match(text)):
            return Url("refused")
        if self.part == "query" or _url_part_re.search(text):
            return Url("query")
        if self.part == "path" or _url_path_re.search(text):
            return Url("path")
        return Url("open") if text.strip() else self

    def after_value(self) -> Url:
        """Return the place behind a value."""
        return Url("open") if self.part == "start" else self


Inner = Script | Style | Url | None


class State(NamedTuple):
    """A place in HTML.

    Args:
        mode: text, open (behind "<"), name, tag, attribute, named (behind the name of one), before (behind "="), value, end
            (an end tag or a declaration), comment, raw (of script or style), rcdata, unknown.
        element: name of the tag.
        attribute: name of the attribute.
        quote: of the value; empty for none.
        inner: the place in the language of the attribute or element.
        script_type: value of `type` of a script so far.
    """

    mode: str = "text"
    element: str = ""
    attribute: str = ""
    quote: str = ""
    inner: Inner = None
    script_type: str = ""

    def after(self, text: str) -> State:
        """Return the place behind some literal text; its cost is linear in the text."""
        state, position = self, 0
        while position < len(text) and state.mode != "unknown":
            state, position = _STEPS[state.mode](state, text, position)
        return state

    def after_value(self) -> State:
        """Return the place behind a value that was escaped for this one."""
        if self.mode == "open":
            return State("name", "?")
        if self.mode in ("tag", "named", "attribute"):
            name = self.attribute if self.mode == "attribute" else ""
            return State("attribute", self.element, f"{name}?", script_type=self.script_type)
        state = self.started() if self.mode == "before" else self
        return state._replace(inner=state.inner.after_value()) if state.inner is not None else state

    def started(self, quote: str = "") -> State:
        """Return the place at the beginning of an attribute's value."""
        return self._replace(mode="value", quote=quote, inner=inner_of(self.attribute))

    def in_tag(self) -> State:
        """Return the place between attributes of this tag."""
        return State("tag", self.element, script_type=self.script_type)

    def closed(self) -> State:
        """Return the place behind the ">" of this tag."""
        if self.element in RAW_ELEMENTS:
            return State("raw", self.element, inner=_inner_of_element(self))
        return State("rcdata", self.element) if self.element in TEXT_ELEMENTS else State()

    @property
    def kind(self) -> str:
        """What language the value is in: html, script, style, url, urls, document, data, opaque."""
        if self.mode == "raw" and self.element == "script" and self.inner is None:
            return "opaque"
        if isinstance(self.inner, Script):
            return "script"
        if isinstance(self.inner, Style):
            return "style"
        if isinstance(self.inner, Url) and self.inner.part == "refused":
            return "opaque"
        if isinstance(self.inner, Url):
            return "urls" if self.attribute in URL_LIST_ATTRIBUTES else "url"
        if self.mode == "value" and "?" in self.attribute and self.attribute != "?":
            if not self.attribute.startswith(("data-", "aria-")):
                # A name of several parts: nobody knows what it was made into.
                return "opaque"
        return "document" if self.mode == "value" and self.attribute == "srcdoc" else "html"


UNKNOWN = State("unknown")


def inner_of(attribute: str) -> Inner:
    """Return the place at the beginning of an attribute's value."""
    name = attribute.removeprefix("data-")
    if attribute.startswith(SCRIPT_ATTRIBUTE_PREFIXES) and not attribute.startswith(("x-transition", ":key")):
        return Script()
    if name == "style":
        return Style()
    if name in URL_ATTRIBUTES or name in URL_LIST_ATTRIBUTES:
        return Url()
    return None


def _inner_of_element(state: State) -> Inner:
    if state.element == "style":
        return Style()
    kind = state.script_type.strip().lower()
    return Script() if kind in _script_types or _data_types_re.fullmatch(kind) else None


def join(first: State, second: State) -> State:
    """Return the place behind two branches; `UNKNOWN` if they do not meet."""
    if first == second:
        return first
    # Between attributes, with one more on one side or with the name of one at the end.
    calm = {"tag", "named", "attribute"}
    if first.mode in calm and second.mode in calm and first.element == second.element:
        return first.in_tag() if "tag" in (first.mode, second.mode) else State("named", first.element, "?")
    if first._replace(inner=None) == second._replace(inner=None) and type(first.inner) is type(second.inner):
        inner = _join_inner(first.inner, second.inner)
        if inner is not None:
            return first._replace(inner=inner)
    return UNKNOWN


def _join_inner(first: Inner, second: Inner) -> Inner:
    if isinstance(first, Url) and isinstance(second, Url):
        parts = ("start", "open", "path")
        if first.part not in parts or second.part not in parts:
            return None
        return Url(parts[max(1, min(parts.index(first.part), parts.index(second.part)))])
    if isinstance(first, Script) and isinstance(second, Script) and first[:2] == second[:2]:
        return first._replace(before=first.before if first.before == second.before else "value")
    if isinstance(first, Style) and isinstance(second, Style) and first[:2] == second[:2]:
        return first._replace(started=first.started and second.started)
    return None


# Steps: state, text, position -> state, position ----------------------------------------------------------------------


def _text(state: State, text: str, start: int) -> tuple[State, int]:
    found = text.find("<", start)
    return (state, len(text)) if found == -1 else (State("open"), found + 1)


def _open(state: State, text: str, start: int) -> tuple[State, int]:
    if text.startswith("!--", start):
        return State("comment"), start + 3
    if text[start] in "/!?":
        return State("end"), start + 1
    if text[start].isascii() and text[start].isalpha():
        return State("name"), start
    return State(), start


def _name(state: State, text: str, start: int) -> tuple[State, int]:
    found = _tag_name_re.match(text, start)
    end = found.end() if found else start
    element = state.element + text[start:end].lower()
    if end == len(text):
        return State("name", element), end
    return State("tag", element), end


def _tag(state: State, text: str, start: int) -> tuple[State, int]:
    found = _space_re.match(text, start)
    start = found.end() if found else start
    if start == len(text):
        return state.in_tag(), start
    if text[start] == ">":
        return state.closed(), start + 1
    return State("attribute", state.element, script_type=state.script_type), start


def _attribute(state: State, text: str, start: int) -> tuple[State, int]:
    if text[start] == "=" and not state.attribute:
        return state._replace(attribute="="), start + 1
    found = _name_re.match(text, start)
    end = found.end() if found else start
    state = state._replace(attribute=state.attribute + text[start:end].lower())
    if end == len(text):
        return state, end
    return state._replace(mode="named"), end


def _named(state: State, text: str, start: int) -> tuple[State, int]:
    found = _blank_re.match(text, start)
    start = found.end() if found else start
    if start == len(text):
        return state, start
    if text[start] == "=":
        return state._replace(mode="before"), start + 1
    return state.in_tag(), start


def _before(state: State, text: str, start: int) -> tuple[State, int]:
    found = _blank_re.match(text, start)
    start = found.end() if found else start
    if start == len(text):
        return state, start
    if text[start] == ">":
        return state.closed(), start + 1
    if text[start] in "\"'":
        return state.started(text[start]), start + 1
    return state.started(), start


def _value(state: State, text: str, start: int) -> tuple[State, int]:
    pattern = _quoted_res[state.quote] if state.quote else _unquoted_re
    found = pattern.match(text, start)
    end = found.end() if found else start
    part = html.unescape(text[start:end])
    if state.inner is not None and part:
        state = state._replace(inner=state.inner.after(part))
    if state.element == "script" and state.attribute == "type":
        state = state._replace(script_type=state.script_type + part)
    if end == len(text):
        return state, end
    return state.in_tag(), end + bool(state.quote)


def _end(state: State, text: str, start: int) -> tuple[State, int]:
    found = text.find(">", start)
    return (state, len(text)) if found == -1 else (State(), found + 1)


def _comment(state: State, text: str, start: int) -> tuple[State, int]:
    found = text.find("-->", start)
    return (state, len(text)) if found == -1 else (State(), found + 3)


def _raw(state: State, text: str, start: int) -> tuple[State, int]:
    found = _raw_end_res[state.element].search(text, start)
    end = found.start() if found else len(text)
    if state.inner is not None:
        state = state._replace(inner=state.inner.after(text[start:end]))
    return (State("end"), end + 2) if found else (state, end)


_STEPS = {
    "text": _text,
    "open": _open,
    "name": _name,
    "tag": _tag,
    "attribute": _attribute,
    "named": _named,
    "before": _before,
    "value": _value,
    "end": _end,
    "comment": _comment,
    "raw": _raw,
    "rcdata": _raw,
}
