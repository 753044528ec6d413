"""The key of a cached fragment of a template."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5
from typing import Any

TEMPLATE_FRAGMENT_KEY_TEMPLATE = "template.cache.%s.%s"


def make_template_fragment_key(fragment_name: str, vary_on: Iterable[Any] | None = None) -> str:
    """Return the key of a fragment that `{% cache %}` keeps.

    Args:
        fragment_name: its name in the tag.
        vary_on: the further arguments of the tag, in order.
    """
    hasher = md5(usedforsecurity=False)
    for value in vary_on or ():
        # With its length in front, so that no two lists give the same text.
        text = str(value).encode()
        hasher.update(b"%d:%b," % (len(text), text))
    return TEMPLATE_FRAGMENT_KEY_TEMPLATE % (fragment_name, hasher.hexdigest())
