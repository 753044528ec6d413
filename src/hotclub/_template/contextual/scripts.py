"""Where a value stands in JavaScript and in CSS. Follows the literal text around it; knows no HTML."""

from __future__ import annotations

import re
from typing import NamedTuple

_js_code_re = re.compile(r"""["'`/{}]""")
_js_string_res = {
    "double": re.compile(r'["\\\n]'),
    "single": re.compile(r"['\\\n]"),
    "template": re.compile(r"[`\\]|\$\{"),
    "regex": re.compile(r"[/\\\n\[]"),
    "class": re.compile(r"[\]\\\n]"),
}
_WORDS_BEFORE_REGEX = frozenset(
    [
        "return",
        "typeof",
        "case",
        "do",
        "else",
        "in",
        "instanceof",
        "new",
        "void",
        "delete",
        "throw",
        "of",
        "await",
        "yield",
    ]
)
_last_word_re = re.compile(r"[A-Za-z_$][\w$]*$")
_MOST_NESTED = 20


class Script(NamedTuple):
    """A place in JavaScript.

    Args:
        mode: code, double, single, template, regex, class (of characters, in a regex), line or block (comments), unknown.
        depths: for each template literal around, how many braces are open in its expression.
        before: the last thing in code that counts, for telling a division from a regex.
    """

    mode: str = "code"
    depths: tuple[int, ...] = ()
    before: str = ""

    def after(self, text: str) -> Script:
        """Return the place behind some literal text."""
        state, position = self, 0
        while position < len(text) and state.mode != "unknown":
            state, position = state._step(text, position)
        return state

    def after_value(self) -> Script:
        """Return the place behind a value."""
        return self._replace(before="value") if self.mode == "code" else self

    def _step(self, text: str, start: int) -> tuple[Script, int]:
        mode = self.mode
        if mode == "code":
            return self._code(text, start)
        if mode == "line":
            end = text.find("\n", start)
            return (self, len(text)) if end == -1 else (self._replace(mode="code"), end + 1)
        if mode == "block":
            end = text.find("*/", start)
            return (self, len(text)) if end == -1 else (self._replace(mode="code"), end + 2)
        found = _js_string_res[mode].search(text, start)
        if found is None:
            return self, len(text)
        sign, end = found[0], found.end()
        if sign == "\\":
            return self, end + 1
        if sign == "[":
            return self._replace(mode="class"), end
        if mode == "class":
            return self._replace(mode="regex" if sign == "]" else "code"), end
        if sign == "${":
            if len(self.depths) >= _MOST_NESTED:
                return Script("unknown"), len(text)
            return Script("code", (*self.depths, 0)), end
        # The end of the text in quotes; a line end where none may be is an error that ends it too.
        return self._replace(mode="code", before="value"), end

    def _code(self, text: str, start: int) -> tuple[Script, int]:
        found = _js_code_re.search(text, start)
        if found is None:
            return self._replace(before=self._last(text[start:])), len(text)
        sign, end = found[0], found.end()
        before = self._last(text[start : found.start()])
        state = self._replace(before=before)
        if sign == '"':
            return state._replace(mode="double"), end
        if sign == "'":
            return state._replace(mode="single"), end
        if sign == "`":
            return state._replace(mode="template"), end
        if sign == "/":
            following = text[end : end + 1]
            if following == "/":
                return state._replace(mode="line"), end + 1
            if following == "*":
                return state._replace(mode="block"), end + 1
            return state._replace(mode="regex") if before in ("", "sign") else state._replace(before="sign"), end
        depths = self.depths
        if sign == "}" and depths and depths[-1] == 0:
            return Script("template", depths[:-1]), end
        if depths:
            depths = (*depths[:-1], depths[-1] + (1 if sign == "{" else -1))
        return Script("code", depths, "sign"), end

    def _last(self, code: str) -> str:
        """Return what kind of thing some code ends with: "value", "sign", or what came before it."""
        stripped = code.rstrip()
        if not stripped:
            return self.before
        word = _last_word_re.search(stripped[-40:])
        if word:
            return "sign" if word[0] in _WORDS_BEFORE_REGEX else "value"
        return "value" if stripped[-1] in ")]" or stripped[-1].isalnum() else "sign"


_css_code_re = re.compile(r"""["']|/\*|url\(\s*(["']?)""", re.IGNORECASE)
_css_end_res = {
    "double": re.compile(r'["\\\n]'),
    "single": re.compile(r"['\\\n]"),
    "url": re.compile(r"[)\\]"),
    "block": re.compile(r"\*/"),
}


class Style(NamedTuple):
    """A place in CSS.

    Args:
        mode: code, double, single, url (without quotes) or block (a comment).
        is_url: whether the text in quotes is the address of a `url()`.
        started: whether literal text of that address stands before.
    """

    mode: str = "code"
    is_url: bool = False
    started: bool = False

    def after(self, text: str) -> Style:
        """Return the place behind some literal text."""
        state, position = self, 0
        while position < len(text):
            if state.mode == "code":
                found = _css_code_re.search(text, position)
                if found is None:
                    break
                position = found.end()
                sign = found[0][-1]
                if found[0] == "/*":
                    state = Style("block")
                elif sign in "\"'":
                    state = Style("double" if sign == '"' else "single", is_url=len(found[0]) > 1)
                else:
                    state = Style("url", is_url=True)
                continue
            found = _css_end_res[state.mode].search(text, position)
            if found is None:
                return state._replace(started=True)
            position = found.end()
            if found[0] == "\\":
                position += 1
            else:
                state = Style()
        return state

    def after_value(self) -> Style:
        """Return the place behind a value."""
        return self._replace(started=True) if self.mode != "code" else self
