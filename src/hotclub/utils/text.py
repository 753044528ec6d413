"""Texts: cutting, wrapping, splitting, slugs, file names, compression. Linear in the length of the input."""

from __future__ import annotations

import html
import re
import secrets
import textwrap
import unicodedata
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from gzip import GzipFile
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from hotclub.core.exceptions import SuspiciousFileOperation
from hotclub.utils.functional import SimpleLazyObject, keep_lazy_text, lazy
from hotclub.utils.regex_helper import lazy_pattern
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import gettext_lazy, pgettext


@keep_lazy_text
def capfirst(x: Any) -> Any:
    """Return the text with its first character in upper case, the rest as it is."""
    if not x:
        return x
    if not isinstance(x, str):
        x = str(x)
    return x[0].upper() + x[1:]


re_newlines = lazy_pattern(r"\r\n|\r")
re_camel_case = lazy_pattern(r"(((?<=[a-z])[A-Z])|([A-Z](?![A-Z]|$)))")
_between_words_re = lazy_pattern(r"(?<=\S)\s+(?=\S)")


@keep_lazy_text
def wrap(text: Any, width: int) -> str:
    """Return the text broken at blanks into lines of at most `width` characters; longer words stay whole."""
    wrapper = textwrap.TextWrapper(
        width=width, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    result: list[str] = []
    for line in str(text).splitlines():
        # A line of nothing but blanks stays as it is; TextWrapper gives nothing for it.
        result.extend(wrapper.wrap(line) or [line])
    if str(text).endswith("\n"):
        # The last line break belongs to the text.
        result.append("")
    return "\n".join(result)


def add_truncation_text(text: str, truncate: str | None = None) -> str:
    """Return a shortened text with the mark of shortening: an ellipsis, `truncate`, or `truncate` around it."""
    if truncate is None:
        truncate = pgettext("String to return when truncating text", "%(truncated_text)s…")
    if "%(truncated_text)s" in truncate:
        return truncate % {"truncated_text": text}
    # The mark is not needed twice.
    if text.endswith(truncate):
        return text
    return f"{text}{truncate}"


def calculate_truncate_chars_length(length: int, replacement: str) -> int:
    """Return what is left of `length` after the mark of shortening; combining characters take no room."""
    for char in add_truncation_text("", replacement):
        if not unicodedata.combining(char):
            length -= 1
            if length == 0:
                break
    return length


class _Truncated(Exception):
    """The text has been cut; nothing more is to be read."""


class _HTMLCutter(HTMLParser):
    """Copies HTML until so much text has passed, then adds the mark and closes what is open."""

    def __init__(self, remaining: int, replacement: str) -> None:
        super().__init__(convert_charrefs=False)
        self.remaining = remaining
        self.replacement = replacement
        self.open_tags: deque[str] = deque()
        self.output: list[str] = []
        # Entities are text like any other: collected with the characters around them.
        self.pending: list[str] = []

    void_elements = frozenset(
        {
            "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source",
            "spacer", "track", "wbr",
        }
    )  # fmt: skip

    def cut(self, data: str) -> tuple[str, bool]:
        """Return what is shown of a run of text, and whether the text ends there."""
        raise NotImplementedError("subclasses of _HTMLCutter must provide a cut() method")

    def flush(self) -> None:
        if not self.pending:
            return
        data = "".join(self.pending)
        self.pending.clear()
        shown, ended = self.cut(data)
        if ended:
            self.output.append(add_truncation_text(html_escape(shown), self.replacement))
            raise _Truncated
        self.output.append(html_escape(shown))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.flush()
        self.output.append(self.get_starttag_text() or "")
        if tag not in self.void_elements:
            self.open_tags.appendleft(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.flush()
        self.output.append(self.get_starttag_text() or "")
        if tag not in self.void_elements:
            self.open_tags.appendleft(tag)

    def handle_endtag(self, tag: str) -> None:
        self.flush()
        if tag not in self.void_elements:
            self.output.append(f"</{tag}>")
            # Only the innermost tag can be closed; looking for others would cost more than it gives.
            if self.open_tags and self.open_tags[0] == tag:
                self.open_tags.popleft()

    def handle_data(self, data: str) -> None:
        if data in "<>" or (self.pending and self.pending[-1] == "<"):
            # A bracket that begins no tag stands alone.
            self.flush()
        self.pending.append(data)

    def handle_entityref(self, name: str) -> None:
        self.pending.append(html.unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.pending.append(html.unescape(f"&#{name};"))

    def run(self, text: str) -> str:
        try:
            self.feed(text)
            self.close()
            self.flush()
        except _Truncated:
            self.output.extend(f"</{tag}>" for tag in self.open_tags)
        return "".join(self.output)


def html_escape(text: str) -> str:
    """Escape what has meaning in HTML; the same as `hotclub.utils.html.escape` without its safe type."""
    return html.escape(text)


class _CharCutter(_HTMLCutter):
    def __init__(self, length: int, replacement: str) -> None:
        super().__init__(calculate_truncate_chars_length(length, replacement), replacement)

    def cut(self, data: str) -> tuple[str, bool]:
        count = sum(not unicodedata.combining(char) for char in data)
        if count <= self.remaining:
            self.remaining -= count
            return data, False
        shown = 0
        for index, char in enumerate(data):
            if not unicodedata.combining(char):
                shown += 1
                if shown > self.remaining:
                    return data[:index], True
        return data, True


class _WordCutter(_HTMLCutter):
    def cut(self, data: str) -> tuple[str, bool]:
        words = _between_words_re.split(data)
        count = len(words) if data.strip() else 0
        if count <= self.remaining:
            self.remaining -= count
            return " ".join(words), False
        return " ".join(words[: self.remaining]).rstrip() if self.remaining else "", True


class Truncator(SimpleLazyObject):
    """Cuts a text to a number of characters or words, HTML included."""

    # HTML beyond this is cut first: what is shown comes from the beginning.
    MAX_LENGTH_HTML = 5_000_000

    def __init__(self, text: Any) -> None:
        super().__init__(lambda: str(text))

    def chars(self, num: Any, truncate: str | None = None, html: bool = False) -> str:
        """Return at most `num` characters, the mark of shortening among them.

        Args:
            num: number of characters; combining ones do not count.
            truncate: the mark, an ellipsis if None; may contain `%(truncated_text)s`.
            html: leave tags alone, and close them.
        """
        self._setup()
        length = int(num)
        if length <= 0:
            return ""
        text = unicodedata.normalize("NFC", self._wrapped)
        if html:
            return _CharCutter(length, truncate if truncate is not None else self._mark()).run(
                text[: self.MAX_LENGTH_HTML]
            )
        return self._text_chars(length, truncate, text)

    @staticmethod
    def _mark() -> str:
        return add_truncation_text("")

    def _text_chars(self, length: int, truncate: str | None, text: str) -> str:
        room = calculate_truncate_chars_length(length, truncate if truncate is not None else self._mark())
        seen = 0
        end: int | None = None
        for index, char in enumerate(text):
            if unicodedata.combining(char):
                continue
            seen += 1
            if end is None and seen > room:
                end = index
            if seen > length:
                return add_truncation_text(text[: end or 0], truncate)
        return text

    def words(self, num: Any, truncate: str | None = None, html: bool = False) -> str:
        """Return at most `num` words; the arguments are those of `chars`."""
        self._setup()
        length = int(num)
        if length <= 0:
            return ""
        if html:
            return _WordCutter(length, truncate if truncate is not None else self._mark()).run(
                self._wrapped[: self.MAX_LENGTH_HTML]
            )
        words = self._wrapped.split()
        if len(words) > length:
            return add_truncation_text(" ".join(words[:length]), truncate)
        return " ".join(words)


@keep_lazy_text
def get_valid_filename(name: Any) -> str:
    """Return a name that is safe for a file: blanks become underscores, only letters, digits, "-", "_" and "." stay.

    Raises:
        SuspiciousFileOperation: nothing usable is left.
    """
    cleaned = re.sub(r"(?u)[^-\w.]", "", str(name).strip().replace(" ", "_"))
    if cleaned in {"", ".", ".."}:
        raise SuspiciousFileOperation(f"Could not derive file name from '{name}'")
    return cleaned


@keep_lazy_text
def get_text_list(list_: Sequence[Any], last_word: Any = gettext_lazy("or")) -> str:  # noqa: B008  # lazy: an immutable value
    """Return the items as a phrase: "a, b or c"."""
    if not list_:
        return ""
    if len(list_) == 1:
        return str(list_[0])
    # Translators: stands between the items of a list.
    return "{} {} {}".format(_(", ").join(str(item) for item in list_[:-1]), str(last_word), str(list_[-1]))


@keep_lazy_text
def normalize_newlines(text: Any) -> str:
    """Return the text with "\\n" for every line break."""
    result: str = re_newlines.sub("\n", str(text))
    return result


_PHONE_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


@keep_lazy_text
def phone2numeric(phone: Any) -> str:
    """Return a phone number with its letters as digits."""
    return str(phone).lower().translate(_PHONE_KEYS)


def _random_bytes(max_random_bytes: int | None) -> bytes:
    """Return up to so many random bytes as a gzip file name: its length hides the length of the text (BREACH)."""
    if not max_random_bytes:
        return b""
    return b"a" * secrets.randbelow(max_random_bytes)


def compress_string(s: bytes, *, max_random_bytes: int | None = None) -> bytes:
    """Return the bytes as gzip, with up to `max_random_bytes` of noise in the header."""
    buffer = BytesIO()
    filename = _random_bytes(max_random_bytes).decode()
    with GzipFile(filename=filename, mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as file:
        file.write(s)
    return buffer.getvalue()


class StreamingBuffer(BytesIO):
    """A buffer that is emptied by reading."""

    def read(self, size: int | None = -1) -> bytes:
        """Return all there is, and forget it."""
        value = self.getvalue()
        self.seek(0)
        self.truncate()
        return value


def compress_sequence(sequence: Iterable[bytes], *, max_random_bytes: int | None = None) -> Iterator[bytes]:
    """Give the chunks as gzip, as they come."""
    buffer = StreamingBuffer()
    filename = _random_bytes(max_random_bytes).decode()
    with GzipFile(filename=filename, mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as file:
        # The header goes out first, so that the client sees something.
        yield buffer.read()
        for item in sequence:
            file.write(item)
            file.flush()
            if data := buffer.read():
                yield data
    yield buffer.read()


async def acompress_sequence(
    sequence: AsyncIterable[bytes], *, max_random_bytes: int | None = None
) -> AsyncIterator[bytes]:
    """`compress_sequence` for an async sequence."""
    buffer = StreamingBuffer()
    filename = _random_bytes(max_random_bytes).decode()
    with GzipFile(filename=filename, mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as file:
        yield buffer.read()
        async for item in sequence:
            file.write(item)
            file.flush()
            if data := buffer.read():
                yield data
    yield buffer.read()


# A run without blanks in which quoted parts may contain blanks.
smart_split_re = lazy_pattern(
    r"""
    ((?:
        [^\s'"]*
        (?:
            (?:"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
            [^\s'"]*
        )+
    ) | \S+)
""",
    re.VERBOSE,
)


def smart_split(text: Any) -> Iterator[str]:
    """Give the parts of a text between blanks; quoted parts, with their quotes, stay together."""
    for match in smart_split_re.finditer(str(text)):
        yield match[0]


@keep_lazy_text
def unescape_string_literal(s: Any) -> str:
    """Return what is between the quotes of a literal, with escaped quotes and backslashes resolved.

    Raises:
        ValueError: the text is no literal.
    """
    if not s or s[0] not in "\"'" or s[-1] != s[0]:
        raise ValueError(f"Not a string literal: {s!r}")
    mark = s[0]
    result: str = s[1:-1].replace(rf"\{mark}", mark).replace(r"\\", "\\")
    return result


@keep_lazy_text
def slugify(value: Any, allow_unicode: bool = False) -> str:
    """Return the text as a slug: lower case, letters, digits, underscores and single hyphens.

    Args:
        value: anything.
        allow_unicode: keep letters beyond ASCII; else they lose their accents, or go.
    """
    text = str(value)
    if allow_unicode:
        text = unicodedata.normalize("NFKC", text)
    else:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    # Lowering a letter may add marks ("İ"), so the filter comes after it.
    text = re.sub(r"[^\w\s-]", "", text.lower())
    return re.sub(r"[-\s]+", "-", text).strip("-_")


def camel_case_to_spaces(value: str) -> str:
    """Return "camelCase" as "camel case"."""
    return str(re_camel_case.sub(r" \1", value)).strip().lower()


def _format_lazy(format_string: Any, *args: Any, **kwargs: Any) -> str:
    return str(format_string).format(*args, **kwargs)


format_lazy = lazy(_format_lazy, str)
"""`str.format`, put off: for lazy format strings or arguments."""

__all__ = [
    "StreamingBuffer", "Truncator", "acompress_sequence", "add_truncation_text", "calculate_truncate_chars_length",
    "camel_case_to_spaces", "capfirst", "compress_sequence", "compress_string", "format_lazy", "get_text_list",
    "get_valid_filename", "normalize_newlines", "phone2numeric", "slugify", "smart_split", "unescape_string_literal", "wrap",
]  # fmt: skip
