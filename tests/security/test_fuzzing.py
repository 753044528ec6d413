"""Parsers of what strangers send, fed with anything: no error but the documented one, no memory without a bound.

`HYPOTHESIS_PROFILE=long` runs each a hundred times as often. `python -m tests.security.fuzz NAME` feeds the same targets with atheris,
where that is installed, guided by coverage and for as long as one likes.
"""

from __future__ import annotations

import os
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.targets import PIECES, TARGETS

settings.register_profile("long", max_examples=20_000, deadline=None)
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = settings(
    max_examples=20_000 if LONG else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LONG_BYTES = 2**17

DATA = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=60).map(b"".join),
    st.tuples(st.sampled_from(PIECES), st.integers(1, 3000)).map(lambda pair: pair[0] * pair[1]),
)


@pytest.mark.parametrize("name", TARGETS)
def test_anything_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]

    @EXAMPLES
    @given(DATA)
    def feed(data: bytes) -> None:
        target(data)

    feed()


@pytest.mark.parametrize("name", TARGETS)
def test_a_long_row_of_anything_costs_bounded_memory_and_time(name: str) -> None:
    target = TARGETS[name]
    target(b"warm-up")
    for piece in PIECES:
        data = (piece * (LONG_BYTES // len(piece) + 1))[:LONG_BYTES]
        started = time.process_time()
        target(data)
        # Generous: what grows with the square of the length takes minutes.
        assert time.process_time() - started < 2, piece
        tracemalloc.start()
        try:
            target(data[: LONG_BYTES // 4])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 100 * LONG_BYTES, f"{peak} bytes for {LONG_BYTES // 4} of {piece!r}"
