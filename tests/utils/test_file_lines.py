"""Lines of a file, wherever the borders of its chunks fall."""

from __future__ import annotations

from io import BytesIO, StringIO

import pytest

from hotclub.core.files.base import File


@pytest.mark.parametrize("size", range(1, 9))
def test_lines_do_not_depend_on_chunks(size: int) -> None:
    content = "one\ntwo\r\n\rthree\r\r\nfour"
    expected = ["one\n", "two\r\n", "\r", "three\r", "\r\n", "four"]
    text, data = File(StringIO(content, newline="")), File(BytesIO(content.encode()))
    text.DEFAULT_CHUNK_SIZE = data.DEFAULT_CHUNK_SIZE = size
    assert list(text) == expected
    assert list(data) == [line.encode() for line in expected]
