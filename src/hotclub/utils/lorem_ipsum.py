"""Text that says nothing, for layouts. The words are Cicero's (De finibus bonorum et malorum, I 32 f.)."""

from __future__ import annotations

import random

COMMON_P = (
    "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor incididunt ut labore et dolore magna "
    "aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. "
    "Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint "
    "occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est laborum."
)

WORDS = (
    "accusamus", "accusantium", "adipisci", "alias", "aliquam", "aliquid", "amet", "animi", "aperiam", "architecto",
    "asperiores", "aspernatur", "assumenda", "at", "atque", "aut", "autem", "beatae", "blanditiis", "commodi",
    "consectetur", "consequatur", "consequuntur", "corporis", "corrupti", "culpa", "cum", "cumque", "cupiditate",
    "debitis", "delectus", "deleniti", "deserunt", "dicta", "dignissimos", "distinctio", "dolor", "dolore", "dolorem",
    "doloremque", "dolores", "doloribus", "dolorum", "ducimus", "ea", "eaque", "earum", "eius", "eligendi", "enim",
    "eos", "error", "esse", "est", "et", "eum", "eveniet", "ex", "excepturi", "exercitationem", "expedita", "explicabo",
    "facere", "facilis", "fuga", "fugiat", "fugit", "harum", "hic", "id", "illo", "illum", "impedit", "in", "incidunt",
    "inventore", "ipsa", "ipsam", "ipsum", "iste", "itaque", "iure", "iusto", "labore", "laboriosam", "laborum",
    "laudantium", "libero", "magnam", "magni", "maiores", "maxime", "minima", "minus", "modi", "molestiae",
    "molestias", "mollitia", "nam", "natus", "necessitatibus", "nemo", "neque", "nesciunt", "nihil", "nisi", "nobis",
    "non", "nostrum", "nulla", "numquam", "occaecati", "odio", "odit", "officia", "officiis", "omnis", "optio",
    "pariatur", "perferendis", "perspiciatis", "placeat", "porro", "possimus", "praesentium", "provident", "quae",
    "quaerat", "quam", "quas", "quasi", "qui", "quia", "quibusdam", "quidem", "quis", "quisquam", "quo", "quod", "quos",
    "ratione", "recusandae", "reiciendis", "rem", "repellat", "repellendus", "reprehenderit", "repudiandae", "rerum",
    "saepe", "sapiente", "sed", "sequi", "similique", "sint", "sit", "soluta", "sunt", "suscipit", "tempora",
    "tempore", "temporibus", "tenetur", "totam", "ullam", "unde", "ut", "vel", "velit", "veniam", "veritatis", "vero",
    "vitae", "voluptas", "voluptate", "voluptatem", "voluptates", "voluptatibus", "voluptatum",
)  # fmt: skip

COMMON_WORDS = (
    "lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipisicing", "elit", "sed", "do", "eiusmod", "tempor",
    "incididunt", "ut", "labore", "et", "dolore", "magna", "aliqua",
)  # fmt: skip


def sentence() -> str:
    """Return a random sentence of one to five phrases."""
    phrases = [" ".join(random.sample(WORDS, random.randint(3, 12))) for _ in range(random.randint(1, 5))]
    text = ", ".join(phrases)
    return f"{text[0].upper()}{text[1:]}{random.choice('?.')}"


def paragraph() -> str:
    """Return a random paragraph of one to four sentences."""
    return " ".join(sentence() for _ in range(random.randint(1, 4)))


def paragraphs(count: int, common: bool = True) -> list[str]:
    """Return paragraphs; with `common`, the first one is the classic."""
    return [COMMON_P if common and index == 0 else paragraph() for index in range(count)]


def words(count: int, common: bool = True) -> str:
    """Return random words; with `common`, the first ones are the classic."""
    known = list(COMMON_WORDS) if common else []
    missing = count - len(known)
    if missing <= 0 and known:
        return " ".join(known[:count])
    while missing > 0:
        batch = min(missing, len(WORDS))
        known += random.sample(WORDS, batch)
        missing -= batch
    return " ".join(known)
