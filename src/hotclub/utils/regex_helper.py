"""Regular expressions: compiled when first used, and read backwards to make texts that match."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hotclub.utils.functional import SimpleLazyObject

# What an escape stands for when a text is made from the expression; None adds nothing.
ESCAPE_MAPPINGS = {
    "A": None, "b": None, "B": None, "d": "0", "D": "x", "s": " ", "S": "x", "w": "x", "W": "!", "Z": None,
}  # fmt: skip

Normalized = list[tuple[str, list[str]]]


def lazy_pattern(regex: str | bytes | re.Pattern[Any], flags: int = 0) -> Any:
    """Return the expression, compiled on first use: importing the module costs nothing."""

    def compiled() -> re.Pattern[Any]:
        if isinstance(regex, str | bytes):
            return re.compile(regex, flags)
        if flags:
            raise AssertionError("flags must be empty if regex is passed pre-compiled")
        return regex

    return SimpleLazyObject(compiled)


_lazy_re_compile = lazy_pattern
"""The name that existing test suites import."""


class _Reader:
    """A pattern, read character by character."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0

    def peek(self) -> str:
        return self.pattern[self.position] if self.position < len(self.pattern) else ""

    def take(self) -> str:
        char = self.pattern[self.position]
        self.position += 1
        return char

    def done(self) -> bool:
        return self.position >= len(self.pattern)


class Choice(list):  # type: ignore[type-arg]
    """Alternatives, of which one is chosen."""


class Group(tuple):  # type: ignore[type-arg]
    """A capturing group: (parameter name, what is inside)."""


class NonCapture(list):  # type: ignore[type-arg]
    """A group that captures nothing."""


def normalize(pattern: str) -> Normalized:
    """Return format strings that make texts matching the pattern, with the names of their parameters.

    Groups become parameters (named, or "_0", "_1" …; named ones win: then positional groups are not parameters).
    Optional parts are left out, or taken once if they hold a parameter; a class gives its first character.

    Raises:
        NotImplementedError: alternation ("|") outside of a group.
    """
    parser = _Normalizer(pattern)
    return parser.run()


class _Normalizer:
    def __init__(self, pattern: str) -> None:
        self.reader = _Reader(pattern)
        self.positional = 0

    def run(self) -> Normalized:
        sequence = self.sequence(top=True)
        return list(_expand(sequence))

    def sequence(self, top: bool = False) -> list[Any]:
        """Read up to the end of the group (or of the pattern)."""
        items: list[Any] = []
        reader = self.reader
        while not reader.done():
            char = reader.take()
            if char == ")" and not top:
                return items
            if char == "|":
                if top:
                    raise NotImplementedError("Awaiting Implementation")
                self._skip_group()
                return items
            if char in "*+?{":
                self._quantify(items, char)
            elif char == ".":
                items.append(".")
            elif char in "^$":
                continue
            elif char == "[":
                items.append(self._char_class())
            elif char == "(":
                self._group(items)
            elif char == "\\":
                if reader.done():
                    break
                escaped = reader.take()
                mapped = ESCAPE_MAPPINGS.get(escaped, escaped)
                if mapped is not None:
                    items.append(mapped)
            else:
                items.append(char)
        return items

    def _skip_group(self) -> None:
        """Pass over the rest of the group: the first alternative has been taken."""
        depth = 1
        reader = self.reader
        while not reader.done():
            char = reader.take()
            if char == "\\" and not reader.done():
                reader.take()
            elif char == "[":
                self._char_class()
            elif char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if depth == 0:
                    return

    def _char_class(self) -> str:
        reader = self.reader
        first: str | None = None
        negated = reader.peek() == "^"
        if negated:
            reader.take()
        started = False
        while not reader.done():
            char = reader.take()
            if char == "]" and started:
                break
            started = True
            if char == "\\" and not reader.done():
                char = ESCAPE_MAPPINGS.get(escaped := reader.take(), escaped) or ""
            if first is None:
                first = char
        if negated:
            # Any character will do as an example; the first one of the class is what it must not be.
            return "x" if first != "x" else "y"
        return first or ""

    def _group(self, items: list[Any]) -> None:
        reader = self.reader
        if reader.peek() != "?":
            name = f"_{self.positional}"
            self.positional += 1
            self.sequence_for_group(items, name)
            return
        reader.take()
        kind = reader.take()
        if kind in "iLmsu#":
            # Flags and comments stand for nothing.
            self._skip_group()
        elif kind == ":":
            items.append(NonCapture(self.sequence()))
        elif kind in "!=" or kind == "<":
            self._skip_group()
        elif kind == "P":
            self._named(items)
        else:
            raise ValueError(f"Non-reversible reg-exp portion: '(?{kind}'")

    def _named(self, items: list[Any]) -> None:
        reader = self.reader
        kind = reader.take()
        if kind == "=":
            name = self._until(")")
            items.append(Group((f"%({name})s", name)))
        elif kind == "<":
            name = self._until(">")
            self.sequence_for_group(items, name)
        else:
            raise ValueError(f"Non-reversible reg-exp portion: '(?P{kind}'")

    def _until(self, end: str) -> str:
        name = ""
        while (char := self.reader.take()) != end:
            name += char
        return name

    def sequence_for_group(self, items: list[Any], name: str) -> None:
        inside = self.positional
        self.sequence()
        # Groups inside of a group are part of its value.
        self.positional = inside
        items.append(Group((f"%({name})s", name)))

    def _quantify(self, items: list[Any], char: str) -> None:
        low = self._least(char)
        if self.reader.peek() == "?":
            self.reader.take()  # lazy or greedy makes no difference here
        if not items:
            return
        last = items[-1]
        if low == 0:
            if _holds_group(last):
                items[-1] = Choice([None, last])
            else:
                items.pop()
        elif low > 1:
            items.extend([last] * (low - 1))

    def _least(self, char: str) -> int:
        """Return how often the quantifier asks for what stands before it, at least."""
        if char == "{":
            return int(self._until("}").partition(",")[0] or 0)
        return 1 if char == "+" else 0


def _holds_group(item: Any) -> bool:
    if isinstance(item, Group):
        return True
    return isinstance(item, list) and any(_holds_group(part) for part in item)


def _expand(sequence: list[Any]) -> Iterator[tuple[str, list[str]]]:
    results: Normalized = [("", [])]
    for item in sequence:
        if isinstance(item, Group):
            results = [(text + item[0], [*names, item[1]]) for text, names in results]
        elif isinstance(item, Choice):
            new: Normalized = []
            for alternative in item:
                parts = [("", [])] if alternative is None else list(_expand([alternative]))
                new += [(text + more, names + others) for text, names in results for more, others in parts]
            results = new
        elif isinstance(item, NonCapture):
            inner = list(_expand(item))
            results = [(text + more, names + others) for text, names in results for more, others in inner]
        else:
            results = [(text + item.replace("%", "%%"), names) for text, names in results]
    # A parameter that is used twice is named once.
    for text, names in results:
        yield text, list(dict.fromkeys(names))
