"""When two answers say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.differential.schemas import Data

# Texts that the documentation gives, or that code depends on by long habit: these are compared to the letter.
DOCUMENTED_TEXTS = (
    r"\w+ matching query does not exist\.",
    r"get\(\) returned more than one ",
    r"Cannot (update|reverse|reorder|filter) a query once a slice has been taken\.",
    r"Negative indexing is not supported\.",
    r"UNIQUE constraint failed: ",
    r"NOT NULL constraint failed: ",
    r"Field '\w+' expected a number but got ",
    r"Unsupported lookup '",
    r"Cannot use QuerySet for ",
    r"Cannot delete some instances of model ",
)
_DOCUMENTED = re.compile("|".join(f"(?:{text})" for text in DOCUMENTED_TEXTS))


def normal(answer: Data, ordered: bool) -> Any:
    """Reduce an answer to what must be equal."""
    if "error" in answer:
        text = answer["text"].replace("hotclub", "django").replace("Hotclub", "Django")
        return {"error": answer["error"], "text": text if _DOCUMENTED.match(text) else None}
    rows = answer["rows"]
    if isinstance(rows, list) and not ordered:
        rows = sorted(rows, key=repr)
    return {**answer, "rows": rows}


def differ(program: Data, theirs: Data, ours: Data) -> bool:
    """Whether the answers to a program differ in what must be equal."""
    ordered = bool(program["ordered"])
    left, right = normal(theirs, ordered), normal(ours, ordered)
    if "error" in left and "error" in right and left["error"] == right["error"] == "FieldError":
        return False  # which of two wrong names is told first is nobody's promise
    return bool(left != right) and known_reason(program, theirs, ours) is None


@dataclass(frozen=True)
class Known:
    """A difference that stays, and why.

    Attributes:
        reason: shown where the list is read.
        applies: whether two answers differ for this reason: (program, theirs, ours).
    """

    reason: str
    applies: Callable[[Data, Data, Data], bool]


def _theirs_fails(kind: str, text: str) -> Callable[[Data, Data, Data], bool]:
    """Tell an error of the other framework alone."""
    return lambda _program, theirs, _ours: theirs.get("error") == kind and text in theirs["text"]


def _is_unused_annotation(program: Data, theirs: Data, ours: Data) -> bool:
    unused = program["end"][0] in ("count", "exists", "aggregate", "update", "delete", "bool", "len")
    refused = theirs.get("error"), ours.get("error")
    return unused and refused in (
        (None, "FieldError"),
        ("FieldError", None),
        (None, "NotSupportedError"),
        ("NotSupportedError", None),
    )


KNOWN = (
    Known(
        "SQLite's functions of the other framework fail for empty groups and mixed numbers; ours give the value",
        _theirs_fails("OperationalError", "user-defined"),
    ),
    Known(
        "the order of parts of set operations, also the default order of a model, is dropped where it means nothing",
        lambda _program, theirs, ours: (
            theirs.get("error") == "DatabaseError" and theirs["text"].startswith("ORDER BY ")
        ),
    ),
    Known(
        "expressions in values() beside conditions on several relations are an internal error there",
        _theirs_fails("TypeError", "argument of type '"),
    ),
    Known(
        "positional arguments of filter() that are no conditions: a TypeError that says so, for an unpacking error",
        _theirs_fails("ValueError", "values to unpack"),
    ),
    Known(
        "expressions in the list of an `in` under exclude() lose their table there",
        _theirs_fails("OperationalError", "no such column"),
    ),
    Known(
        "whether an expression without a type is refused where its value is not asked for depends on what is left out",
        _is_unused_annotation,
    ),
    Known(
        "query sets inside the condition of a FilteredRelation work",
        _theirs_fails("ValueError", "Passing a QuerySet within a FilteredRelation"),
    ),
    Known(
        "an aggregate whose filter nothing can meet makes all aggregates of the query empty there",
        lambda program, _theirs, _ours: (
            program["end"][0] == "aggregate" and '__in": []' in json.dumps(program["end"][2])
        ),
    ),
    Known(
        "exists() on a slice of a set operation loses the rows before the slice there, as all rows become one",
        lambda program, _theirs, _ours: (
            program["end"][0] == "exists" and {step[0] for step in program["steps"]} >= {"union", "[]"}
        ),
    ),
    Known(
        "names in only() and defer() are looked up when columns are chosen, which these methods do not do",
        lambda program, theirs, _ours: (
            theirs.get("error") == "FieldDoesNotExist" and program["end"][0] in ("exists", "count", "update", "delete")
        ),
    ),
)


def known_reason(program: Data, theirs: Data, ours: Data) -> str | None:
    """Return why two answers may differ, or None if they must not."""
    return next((known.reason for known in KNOWN if known.applies(program, theirs, ours)), None)
