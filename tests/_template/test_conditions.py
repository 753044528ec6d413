from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotclub._template.conditions import MOST_OPERATORS, IfParser
from hotclub._template.errors import TemplateSyntaxError
from hotclub.template import Context, Engine

VALUES = {"t": True, "f": False, "one": 1, "two": 2, "text": "ab", "none": None, "items": [1, 2]}


def condition() -> st.SearchStrategy[str]:
    operand = st.sampled_from([*VALUES, "missing", "1", '"a"', "items.0", "one|add:1"])
    binary = st.sampled_from(["and", "or", "==", "!=", "<", ">=", "in", "not in", "is", "is not"])
    term = st.tuples(st.sampled_from(["", "not "]), operand).map("".join)
    return st.lists(st.tuples(binary, term), max_size=5).flatmap(
        lambda rest: term.map(lambda first: " ".join([first, *(f"{name} {operand}" for name, operand in rest)]))
    )


@given(condition())
def test_compiled_and_evaluated_agree(text: str) -> None:
    engine = Engine()
    try:
        template = engine.from_string(f"{{% if {text} %}}yes{{% else %}}no{{% endif %}}")
    except TemplateSyntaxError:
        return
    (node,) = template.nodelist
    context = Context(dict(VALUES))
    context.template = template
    expected = "yes" if node.conditions_nodelists[0][0].eval(context) else "no"
    assert template.render(Context(dict(VALUES))) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Unexpected end of expression in if tag."),
        ([1, "=="], "Unexpected end of expression in if tag."),
        (["and", 1], "Not expecting 'and' in this position in if tag."),
        ([1, 2], "Unused '2' at end of if expression."),
        ([1, "not", 2], "Not expecting 'not' as infix operator in if tag."),
    ],
)
def test_errors(words: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        IfParser(words).parse()


def test_a_condition_has_a_bound() -> None:
    words: list[Any] = [1]
    for _ in range(MOST_OPERATORS + 1):
        words += ["and", 1]
    with pytest.raises(ValueError, match=f"at most {MOST_OPERATORS} operators"):
        IfParser(words)


def test_long_conditions_and_many_branches_compile() -> None:
    engine = Engine()
    chain = " or ".join(f"x == {number}" for number in range(150))
    branches = "".join(f"{{% elif x == {number} %}}{number}" for number in range(300, 600))
    template = engine.from_string(f"{{% if {chain} %}}low{branches}{{% else %}}?{{% endif %}}")
    assert template.render(Context({"x": 149})) == "low"
    assert template.render(Context({"x": 599})) == "599"
    assert template.render(Context({"x": 700})) == "?"
