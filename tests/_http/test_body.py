"""The body in pieces reads like a file of the same bytes."""

import io

from hypothesis import given
from hypothesis import strategies as st

from hotclub._http.body import ReceivedBody

SIZES = st.one_of(st.none(), st.integers(-1, 12))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), SIZES),
        st.tuples(st.just("readline"), SIZES),
        st.tuples(st.just("seek"), st.integers(0, 40)),
        st.tuples(st.just("tell")),
        st.tuples(st.just("readlines")),
    ),
    max_size=12,
)


@given(st.lists(st.text("ab\n", min_size=1, max_size=8).map(str.encode), min_size=1, max_size=6), STEPS)
def test_every_step_gives_what_a_file_gives(pieces, steps):
    file, body = io.BytesIO(b"".join(pieces)), ReceivedBody(list(pieces))
    for name, *arguments in steps:
        assert getattr(body, name)(*arguments) == getattr(file, name)(*arguments), (name, arguments)


def test_a_block_that_is_a_piece_is_not_copied():
    pieces = [bytes(8), bytes(range(8))]
    body = ReceivedBody(list(pieces))
    assert [body.read(8) is piece for piece in pieces] == [True, True]
    assert body.seek(-3, io.SEEK_END) == 13
    assert list(body) == [b"\x05\x06\x07"]
