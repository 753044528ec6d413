"""The push parser: whole, byte by byte, cut off anywhere, and hostile."""

import pytest

from hotclub._http.multipart import HeadersTooLargeError, PartBegin, PartCut, PartData, PartEnd, PushParser

BODY = (
    b"preamble\r\n--b\r\nA: 1\r\nB: 2\r\n\r\nvalue\r\n--b\r\nC: 1\r\n\r\n\r\n--b\r\n\r\nno headers\r\n--x\r\n"
    b"--b \r\nD: 1\r\n\r\n\r\n\r\n--b--\r\nepilogue"
)
PARTS = [([b"A: 1", b"B: 2"], b"value"), ([b"C: 1"], b""), ([], b"no headers\r\n--x"), ([b"D: 1"], b"\r\n")]


def parse(pieces, skim=False):
    parser = PushParser(b"b")
    events = []
    for piece in pieces:
        events += [PartData(piece)] if skim and parser.passes(piece) else parser.receive(piece)
    events += parser.finish()
    parts = []
    for event in events:
        if isinstance(event, PartBegin):
            parts.append((event.headers, b""))
        elif isinstance(event, PartData):
            parts[-1] = (parts[-1][0], parts[-1][1] + event.data)
    return parts, events


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64, len(BODY)])
@pytest.mark.parametrize("skim", [False, True])
def test_pieces_of_any_size_give_the_same_parts(size, skim):
    parts, events = parse([BODY[at : at + size] for at in range(0, len(BODY), size)], skim)
    assert parts == PARTS
    assert sum(isinstance(event, PartEnd) for event in events) == 4


def test_a_body_cut_anywhere_ends_without_error_and_says_so_inside_a_part():
    for end in range(len(BODY)):
        parse([BODY[:end]])
    _, events = parse([b"--b\r\nA: 1\r\n\r\nhalf a val"])
    assert isinstance(events[-1], PartCut)
    assert not any(isinstance(event, PartEnd) for event in events)


@pytest.mark.parametrize("skim", [False, True])
def test_content_that_looks_like_a_delimiter_anywhere_in_a_piece(skim):
    content = b"xx\r\n--\r\r\n-\r\n--c\r\n\r\n--a" * 3
    body = b"--b\r\nA: 1\r\n\r\n" + content + b"\r\n--b--"
    for size in range(1, len(body)):
        assert parse([body[at : at + size] for at in range(0, len(body), size)], skim)[0] == [([b"A: 1"], content)]


def test_a_piece_passes_only_inside_content_and_without_a_sign_of_an_end():
    parser = PushParser(b"b")
    assert not parser.passes(b"text")
    list(parser.receive(b"--b\r\nA: 1\r\n\r\nstart"))
    assert parser.passes(b"more text\r\nand more")
    assert not parser.passes(b"more text\r\n--b--")
    assert not parser.passes(b"more text\r\n-")
    list(parser.receive(b"more text\r\n-"))
    assert not parser.passes(b"more")


def test_headers_are_bounded_before_they_are_stored():
    parser = PushParser(b"b", max_header_bytes=100)
    list(parser.receive(b"--b\r\n"))
    with pytest.raises(HeadersTooLargeError):
        _feed(parser, [b"x" * 10] * 200)
    assert len(parser._buffer) < 200


def _feed(parser, pieces):
    for piece in pieces:
        list(parser.receive(piece))


def test_padding_after_a_boundary_is_bounded():
    parser = PushParser(b"b", max_header_bytes=100)
    with pytest.raises(HeadersTooLargeError):
        list(parser.receive(b"--b" + b" " * 5000))


def test_what_is_held_back_stays_short_however_long_the_content():
    parser = PushParser(b"boundary")
    list(parser.receive(b"--boundary\r\nA: 1\r\n\r\n"))
    for _ in range(100):
        list(parser.receive(b"\r\n--bound" * 1000))
        assert len(parser._buffer) < 64
