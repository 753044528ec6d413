"""Where a command writes: a text stream that adds line ends and paints on terminals. Knows no command."""

from __future__ import annotations

from collections.abc import Callable
from io import TextIOBase
from typing import Any, TextIO


class OutputWrapper(TextIOBase):
    """A stream of a command: `write()` ends each message with a newline and applies a style where colour shows.

    Args:
        out: stream to write to.
        ending: what each message ends with unless `write` says otherwise.
    """

    __module__ = "hotclub.core.management.base"

    def __init__(self, out: TextIO | Any, ending: str = "\n") -> None:
        self._out = out
        self.ending = ending
        self._style_func: Callable[[str], str] = _as_is

    @property
    def style_func(self) -> Callable[[str], str]:
        """Style of a message without a style of its own; nothing on streams that are no terminals."""
        return self._style_func

    @style_func.setter
    def style_func(self, painter: Callable[[str], str] | None) -> None:
        self._style_func = painter if painter and self.isatty() else _as_is

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)

    def flush(self) -> None:
        """Flush the stream, if it can."""
        # Collecting the wrapper flushes too, when the stream may be closed already.
        if hasattr(self._out, "flush") and not getattr(self._out, "closed", False):
            self._out.flush()

    def isatty(self) -> bool:
        """Say whether the stream is a terminal."""
        return hasattr(self._out, "isatty") and bool(self._out.isatty())

    def write(  # type: ignore[override]  # the documented arguments
        self, msg: str = "", style_func: Callable[[str], str] | None = None, ending: str | None = None
    ) -> None:
        """Write a message.

        Args:
            msg: text; gets the ending unless it has it already.
            style_func: paints the message, whatever the stream is.
            ending: replaces the stream's ending for this message.
        """
        ending = self.ending if ending is None else ending
        if ending and not msg.endswith(ending):
            msg += ending
        self._out.write((style_func or self.style_func)(msg))


def _as_is(text: str) -> str:
    return text
