"""Generated programs give the same rows, counts and errors here and on the framework whose API this is.

Both run over one SQLite file, whose tables and rows one of the two has made. Needs an interpreter with that framework:
`make oracle` makes one; `HOTCLUB_ORACLE_PYTHON=/path/to/python` names another.

Environment:
    HOTCLUB_ORACLE_CASES: programs per schema.
    HOTCLUB_ORACLE_SEED: any number, for other schemas and programs than those of every run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.differential.chains import program
from tests.differential.comparing import differ
from tests.differential.peers import Peer
from tests.differential.relations import SchemaMap
from tests.differential.schemas import Data, schema

ORACLE = os.environ.get("HOTCLUB_ORACLE_PYTHON")
CASES = int(os.environ.get("HOTCLUB_ORACLE_CASES", "400"))
SEED = int(os.environ.get("HOTCLUB_ORACLE_SEED", "0"))
SCHEMAS = range(8)

pytestmark = pytest.mark.skipif(
    not ORACLE, reason="HOTCLUB_ORACLE_PYTHON names no interpreter with the other framework"
)


class Pair:
    """Two workers over one database file.

    Args:
        number: of the schema; odd ones are made here, even ones by the other framework.
        folder: for the file.
    """

    def __init__(self, number: int, folder: Path) -> None:
        self.schema = schema(SEED * 1000 + number)
        self.places = SchemaMap(self.schema)
        self.theirs = Peer(str(ORACLE), "django")
        self.ours = Peer(sys.executable, "hotclub")
        first, second = (self.theirs, self.ours) if number % 2 == 0 else (self.ours, self.theirs)
        database = str(folder / "data.sqlite3")
        first.ask({"schema": self.schema, "database": database, "create": True})
        second.ask({"schema": self.schema, "database": database, "create": False})

    def check(self, written: Data) -> None:
        """Run a program on both."""
        theirs, ours = self.theirs.ask(written), self.ours.ask(written)
        assert not differ(written, theirs, ours), (
            f"\nprogram {json.dumps(written)}\ntheirs  {json.dumps(theirs)}\nours    {json.dumps(ours)}"
        )


@pytest.fixture(scope="module", params=SCHEMAS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair(request.param, tmp_path_factory.mktemp("differential"))
    yield made
    made.theirs.close()
    made.ours.close()


def test_programs_give_the_same(pair: Pair) -> None:
    @seeded(SEED)
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(st.randoms(use_true_random=False))
    def check(random: Random) -> None:
        pair.check(program(random, pair.places))

    check()


def test_every_object_is_the_same(pair: Pair) -> None:
    for name in pair.places.models:
        everything = {"on": name, "steps": [["order_by", ["pk"], {}]], "end": ["list", [], {}], "writes": True}
        pair.check({**everything, "ordered": True})
