"""Cutting and splitting of texts: what a stranger sends costs time in proportion to its length."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from hotclub.utils.encoding import repercent_broken_unicode, uri_to_iri
from hotclub.utils.text import (
    Truncator,
    acompress_sequence,
    camel_case_to_spaces,
    compress_sequence,
    compress_string,
    smart_split,
    unescape_string_literal,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('a "b c" d', ["a", '"b c"', "d"]),
        ("x='1 2' y", ["x='1 2'", "y"]),
        (r'"a \" b" c', [r'"a \" b"', "c"]),
        ("friends' words", ["friends'", "words"]),
        ("  ", []),
    ],
)
def test_quoted_parts_stay_together(text: str, parts: list[str]) -> None:
    assert list(smart_split(text)) == parts


def test_broken_bytes_are_encoded_and_text_is_kept() -> None:
    assert repercent_broken_unicode("é".encode() + b"\xff\xfe/") == "é%FF%FE/".encode()
    assert uri_to_iri("/%C3%a9/%2f/%ff%41%zz") == "/é/%2f/%FFA%zz"


@pytest.mark.parametrize(
    ("length", "expected"),
    [(2, "a<b>…</b>"), (3, "a<b>b</b>c"), (9, "a<b>b</b>c")],
)
def test_html_that_fits_is_whole(length: int, expected: str) -> None:
    assert Truncator("a<b>b</b>c").chars(length, "…", html=True) == expected


def test_entities_are_text() -> None:
    assert Truncator("<p>I &lt;3 hats and coats</p>").words(3, "…", html=True) == "<p>I &lt;3 hats…</p>"
    assert Truncator("a&amp;b&amp;c").chars(4, "…", html=True) == "a&amp;b…"


def test_combining_characters_belong_to_the_one_before() -> None:
    # "x" with a ring has no composed form.
    assert Truncator("x\u030ax\u030ax\u030a").chars(2, "…") == "x\u030a…"
    assert Truncator("<i>x\u030ax\u030ax\u030a</i>").chars(2, "…", html=True) == "<i>x\u030a…</i>"


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _joined(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def test_the_gzip_writer_is_read_by_the_standard_library() -> None:
    text = b"text " * 1000
    assert gzip.decompress(compress_string(text)) == text
    assert compress_string(text) == compress_string(text), "no clock, no noise"
    assert len({len(compress_string(text, max_random_bytes=100)) for _ in range(50)}) > 1
    assert gzip.decompress(b"".join(compress_sequence([text, b"", text], max_random_bytes=9))) == text * 2
    assert gzip.decompress(asyncio.run(_joined(acompress_sequence(_chunks(text, text))))) == text * 2


def test_each_chunk_can_be_read_when_it_comes() -> None:
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    chunks = compress_sequence([b"one", b"two"])
    assert reader.decompress(next(chunks)) == b""
    assert reader.decompress(next(chunks)) == b"one"
    assert reader.decompress(next(chunks)) == b"two"


def test_words_and_literals() -> None:
    assert camel_case_to_spaces("GenericIPAddress") == "generic ip address"
    assert unescape_string_literal(r'"a \"b\" \\"') == 'a "b" \\'
