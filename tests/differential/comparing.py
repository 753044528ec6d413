"""When two answers say the same."""

from __future__ import annotations

import re
from typing import Any

from tests.differential.schemas import Data

# Texts that the documentation gives, or that code depends on by long habit: these are compared to the letter.
DOCUMENTED_TEXTS = (
    r"Cannot resolve keyword '.*' into field\. Choices are: ",
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
    return bool(normal(theirs, ordered) != normal(ours, ordered))
