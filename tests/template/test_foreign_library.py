"""A tag library written from the documentation works everywhere: in loops, blocks, includes, both tiers, sync and async.

`foreign/expected.json` holds what Django 6.1.3 renders with the same library.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hotclub._template.nodes import COMPILE_AFTER
from hotclub.template import Context, Engine, TemplateSyntaxError
from hotclub.utils.safestring import mark_safe
from tests.template.foreign.templates import ALL, TEMPLATES, values

EXPECTED = json.loads((Path(__file__).parent / "foreign" / "expected.json").read_text(encoding="utf-8"))
LIBRARIES = {"foreign": "tests.template.foreign.library"}


@pytest.fixture(scope="module", params=[0, COMPILE_AFTER, None], ids=["compiled", "both tiers", "called"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(
        loaders=[("hotclub.template.loaders.cached.Loader", [("hotclub.template.loaders.locmem.Loader", TEMPLATES)])],
        libraries=LIBRARIES,
        compile_after=request.param,
    )


def render(engine: Engine, name: str) -> str:
    return str(engine.get_template(name).render(Context(values(mark_safe))))


def test_every_template_is_expected() -> None:
    assert sorted(EXPECTED) == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_renders_as_django_does(engine: Engine, name: str) -> None:
    assert {render(engine, name) for _ in range(COMPILE_AFTER + 3)} == {EXPECTED[name]}


def test_renders_from_code_on_disk(tmp_path: Path) -> None:
    for _ in range(2):
        engine = Engine(
            loaders=[("hotclub.template.loaders.locmem.Loader", TEMPLATES)],
            libraries=LIBRARIES,
            code_dir=tmp_path / "code",
        )
        assert {name: render(engine, name) for name in ALL} == EXPECTED


def test_renders_in_tasks_at_the_same_time(engine: Engine) -> None:
    async def one(name: str) -> str:
        await asyncio.sleep(0)
        return render(engine, name)

    async def everything() -> list[str]:
        return await asyncio.gather(*[one(name) for name in ALL * 3])

    assert asyncio.run(everything()) == [EXPECTED[name] for name in ALL * 3]


def test_renders_in_threads_at_the_same_time(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: render(engine, name), ALL * 8))
    assert found == [EXPECTED[name] for name in ALL * 8]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% format_time moment %}", "requires two arguments"),
        ("{% shout %}", "Unclosed tag on line 1: 'shout'. Looking for one of: endshout."),
        ("{% switch x %}{% case 1 %}", "Looking for one of: case, default, endswitch"),
        ("{% add_up start=1 2 %}", "positional argument"),
        ("{% row %}", "did not receive value"),
        ("{% box %}{% endshout %}", "expected 'endbox'"),
        ("{{ x|hour:2 }}", "requires 1 arguments"),
        ("{% greet 'a' 'b' %}", "too many positional arguments"),
    ],
)
def test_mistakes_are_told(engine: Engine, source: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=message):
        engine.from_string("{% load foreign %}" + source)


def test_an_error_in_a_foreign_tag_knows_its_place() -> None:
    texts: dict[str, Any] = {
        "part": "{% load foreign %}\n{% for i in numbers %}{% repeat y %}{% endrepeat %}{% endfor %}"
    }
    texts["page"] = "{% include 'part' %}"
    for tier in (0, None):
        engine = Engine(
            loaders=[("hotclub.template.loaders.locmem.Loader", texts)],
            libraries=LIBRARIES,
            debug=True,
            compile_after=tier,
        )
        with pytest.raises(TypeError) as caught:
            engine.get_template("page").render(Context({"numbers": [1], "y": "no number"}))
        info = caught.value.template_debug  # type: ignore[attr-defined]
        assert (info["name"], info["line"], info["during"]) == ("part", 2, "{% repeat y %}")
