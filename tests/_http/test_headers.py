"""Response headers are checked values."""

import pytest

from hotclub._http.headers import BadHeaderError, ResponseHeaders


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\r\nX: y", "a\x00b", b"a\nb"])
def test_neither_name_nor_value_can_end_a_header(bad):
    headers = ResponseHeaders()
    with pytest.raises(BadHeaderError):
        headers["X-Name"] = bad
    with pytest.raises(BadHeaderError):
        headers[bad] = "value"
    assert len(headers) == 0


def test_names_compare_without_case_and_keep_their_spelling():
    headers = ResponseHeaders({"X-Name": "1"})
    headers["x-name"] = "2"
    assert headers["X-NAME"] == "2"
    assert headers.pairs() == [("x-name", "2")]


def test_text_beyond_latin_1_is_mime_encoded():
    headers = ResponseHeaders({"X-Name": "日本"})
    assert headers["X-Name"] == "=?utf-8?b?5pel5pys?="


def test_add_missing_leaves_what_is_there():
    headers = ResponseHeaders({"A": "1"})
    headers.add_missing([("a", ("A", "2")), ("b", ("B", "3"))])
    assert dict(headers.items()) == {"A": "1", "B": "3"}
