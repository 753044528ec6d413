"""What system checks report."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings

# Levels
DEBUG = 10
INFO = 20
WARNING = 30
ERROR = 40
CRITICAL = 50


class CheckMessage:
    """One finding.

    Args:
        level: how bad it is.
        msg: what is wrong, in one line.
        hint: what to do about it.
        obj: what it is about (a model, a field, an application …).
        id: identifier, "app.E001", for `SILENCED_SYSTEM_CHECKS`.
    """

    def __init__(self, level: int, msg: str, hint: str | None = None, obj: Any = None, id: str | None = None) -> None:
        if not isinstance(level, int):
            raise TypeError("The first argument should be level.")
        self.level = level
        self.msg = msg
        self.hint = hint
        self.obj = obj
        self.id = id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self.__class__) and all(
            getattr(self, name) == getattr(other, name) for name in ("level", "msg", "hint", "obj", "id")
        )

    def __hash__(self) -> int:
        return hash((self.level, self.msg, self.hint, self.id))

    def __str__(self) -> str:
        if self.obj is None:
            obj = "?"
        elif isinstance(self.obj, type) and hasattr(self.obj, "_meta"):
            # A model's own str() may be anything; its label says what it is.
            obj = self.obj._meta.label
        else:
            obj = str(self.obj)
        id = f"({self.id}) " if self.id else ""
        hint = f"\n\tHINT: {self.hint}" if self.hint else ""
        return f"{obj}: {id}{self.msg}{hint}"

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: level={self.level!r}, msg={self.msg!r}, hint={self.hint!r}, obj={self.obj!r}, "
            f"id={self.id!r}>"
        )

    def is_serious(self, level: int = ERROR) -> bool:
        """Say whether it is at least that bad."""
        return self.level >= level

    def is_silenced(self) -> bool:
        """Say whether the project does not want to hear of it."""

        return self.id in settings.SILENCED_SYSTEM_CHECKS


class Debug(CheckMessage):
    """A finding of level DEBUG."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(DEBUG, *args, **kwargs)


class Info(CheckMessage):
    """A finding of level INFO."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(INFO, *args, **kwargs)


class Warning(CheckMessage):
    """A finding of level WARNING."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(WARNING, *args, **kwargs)


class Error(CheckMessage):
    """A finding of level ERROR."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(ERROR, *args, **kwargs)


class Critical(CheckMessage):
    """A finding of level CRITICAL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(CRITICAL, *args, **kwargs)
