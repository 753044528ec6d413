"""What tests listen to: queries, output, and resources of the interpreter. Changes nothing for good."""

from __future__ import annotations

import gc
import re
import sys
import time
from asyncio import _get_running_loop
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from types import TracebackType
from typing import TYPE_CHECKING, Any
from unittest import skipUnless
from xml.dom import Node
from xml.dom.minidom import Element, parseString

from hotclub.core.signals import request_started
from hotclub.db import reset_queries

if TYPE_CHECKING:
    from typing import Self

HAS_TIME_ZONE_SWITCH = hasattr(time, "tzset")


class Approximate:
    """Equals every number that is the same after rounding.

    Args:
        val: number to compare with.
        places: decimal places that count.
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, val: Any, places: int = 7) -> None:
        self.val = val
        self.places = places

    def __repr__(self) -> str:
        return repr(self.val)

    def __eq__(self, other: object) -> bool:
        other_value: Any = other
        return bool(self.val == other_value or round(abs(self.val - other_value), self.places) == 0)

    __hash__ = None  # type: ignore[assignment]  # equality is not transitive


class ContextList(list[Any]):
    """The contexts of a response: indexed by number they are a list, by name the first context that has the name."""

    __module__ = "hotclub.test.utils"

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        for subcontext in self:
            if key in subcontext:
                return subcontext[key]
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a name, or a default."""
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        return any(key in subcontext for subcontext in self)

    def keys(self) -> set[str]:
        """Return all names in all contexts."""
        return {name for subcontext in self for layer in subcontext for name in layer}


class CaptureQueriesContext:
    """The queries that a connection runs inside the `with` block.

    Args:
        connection: a database connection.

    Has a length, can be indexed and iterated; `captured_queries` is the list of `{"sql", "time"}`.
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(self.captured_queries)

    def __getitem__(self, index: Any) -> Any:
        return self.captured_queries[index]

    def __len__(self) -> int:
        return len(self.captured_queries)

    @property
    def captured_queries(self) -> list[dict[str, str]]:
        """The queries so far, or those of the whole block once it is left."""
        queries: list[dict[str, str]] = self.connection.queries[self.initial_queries : self.final_queries]
        return queries

    def __enter__(self) -> Self:
        self.force_debug_cursor = self.connection.force_debug_cursor
        self.connection.force_debug_cursor = True
        # What the connection runs to set itself up shall not count. (A coroutine's connections are set up unwatched.)
        if _get_running_loop() is None:
            self.connection.ensure_connection()
        self.initial_queries = len(self.connection.queries_log)
        self.final_queries: int | None = None
        # A request inside the block must not empty the log.
        self.reset_queries_disconnected = request_started.disconnect(reset_queries)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.force_debug_cursor = self.force_debug_cursor
        if self.reset_queries_disconnected:
            request_started.connect(reset_queries)
        if kind is None:
            self.final_queries = len(self.connection.queries_log)


@contextmanager
def captured_output(stream_name: str) -> Iterator[StringIO]:
    """Put a `StringIO` in place of a stream of `sys` for a while."""
    original = getattr(sys, stream_name)
    replacement = StringIO()
    setattr(sys, stream_name, replacement)
    try:
        yield replacement
    finally:
        setattr(sys, stream_name, original)


def captured_stdout() -> Any:
    """Capture what is printed: `with captured_stdout() as stdout: …`."""
    return captured_output("stdout")


def captured_stderr() -> Any:
    """Capture what goes to standard error."""
    return captured_output("stderr")


def captured_stdin() -> Any:
    """Write what shall be read from standard input, then `seek(0)`."""
    return captured_output("stdin")


@contextmanager
def extend_sys_path(*paths: str) -> Iterator[None]:
    """Add directories to the path of imports for a while."""
    saved = sys.path[:]
    sys.path.extend(paths)
    try:
        yield
    finally:
        sys.path = saved


@contextmanager
def isolate_lru_cache(lru_cache_object: Any) -> Iterator[None]:
    """Empty a function's cache before and after the block."""
    lru_cache_object.cache_clear()
    try:
        yield
    finally:
        lru_cache_object.cache_clear()


def garbage_collect() -> None:
    """Collect garbage, as often as the interpreter at hand needs."""
    for _ in range(3 if sys.implementation.name == "pypy" else 1):
        gc.collect()


def requires_tz_support(test_func: Any) -> Any:
    """Skip a test where the system cannot switch its time zone."""
    reason = "This test relies on the ability to run a program in an arbitrary time zone, but your operating system isn't able to do that."
    return skipUnless(HAS_TIME_ZONE_SWITCH, reason)(test_func)


_NORMAL_SPACE = re.compile(r"[ \t\n][ \t\n]+")


def compare_xml(want: str, got: str) -> bool:
    """Say whether two XML texts mean the same; comments, declarations and attribute order make no difference.

    Args:
        want: XML; several elements side by side are fine.
        got: XML.

    Raises:
        xml.parsers.expat.ExpatError: a text that is not XML.
    """
    want, got = want.strip().replace("\\n", "\n"), got.strip().replace("\\n", "\n")
    if not want.startswith("<?xml"):
        want, got = f"<root>{want}</root>", f"<root>{got}</root>"
    return _same_element(_first_element(want), _first_element(got))


def _first_element(text: str) -> Any:
    skipped = {Node.COMMENT_NODE, Node.DOCUMENT_TYPE_NODE, Node.PROCESSING_INSTRUCTION_NODE}
    return next(node for node in parseString(text).childNodes if node.nodeType not in skipped)


def _same_element(want: Element, got: Element) -> bool:
    if want.tagName != got.tagName or _direct_text(want) != _direct_text(got):
        return False
    if dict(want.attributes.items()) != dict(got.attributes.items()):
        return False
    ours = [child for child in want.childNodes if isinstance(child, Element)]
    theirs = [child for child in got.childNodes if isinstance(child, Element)]
    return len(ours) == len(theirs) and all(map(_same_element, ours, theirs))


def _direct_text(element: Element) -> str:
    text = "".join(child.data for child in element.childNodes if child.nodeType == Node.TEXT_NODE)
    return _NORMAL_SPACE.sub(" ", text)


def strip_quotes(want: str, got: str) -> tuple[str, str]:
    """Remove the quotes around both texts, where both have them."""
    if len(want) > 1 and len(got) > 1 and want[0] == want[-1] == got[0] == got[-1] and want[0] in "'\"":
        return want[1:-1], got[1:-1]
    return want, got
