"""`Identifier`: a name that has been quoted for a database."""

from __future__ import annotations

from functools import lru_cache

_maker = object()


class Identifier(str):
    """Quoted text of a name. Only `quoted` makes one; the writer accepts no other text as a name."""

    __slots__ = ()

    def __new__(cls, text: str, key: object = None) -> Identifier:
        if key is not _maker:
            raise TypeError("An Identifier is made by a dialect's quote(), not directly.")
        return str.__new__(cls, text)


@lru_cache(maxsize=4096)
def quoted(name: str, mark: str) -> Identifier:
    """Quote a name: the mark around it, and doubled inside it.

    A name that carries its marks already is taken as it is, if no further mark stands inside. A percent sign is doubled,
    because the text goes through the driver's parameter style.

    Raises:
        ValueError: the name is empty or holds a NUL.
    """
    if not name or "\x00" in name:
        raise ValueError(f"{name!r} cannot be the name of a table or column.")
    if len(name) > 1 and name[0] == name[-1] == mark:
        inner = name[1:-1]
        if mark not in inner.replace(mark * 2, ""):
            return Identifier(name, _maker)
    return Identifier(f"{mark}{name.replace(mark, mark * 2).replace('%', '%%')}{mark}", _maker)
