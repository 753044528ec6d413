"""Tuple lookups on names that are not resolved yet."""

from __future__ import annotations

import pytest

from hotclub._orm.expressions.core import F
from hotclub._orm.lookups.tuples import TupleExact, TupleGreaterThan, TupleIn


@pytest.mark.parametrize("lookup", [TupleExact, TupleGreaterThan, TupleIn])
def test_a_wrong_right_side_is_refused_at_once(lookup: type) -> None:
    # A name can be sliced, so it answers every index: the message must not walk over it.
    with pytest.raises(ValueError, match="lookup of 'pk' must be a tuple or a list"):
        lookup(F("pk"), 1)
