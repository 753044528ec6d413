"""What the model fields of this application share."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.postgres.checks import app_installed_errors
from hotclub.core import checks
from hotclub.db.models import Field


class PostgresField(Field[Any]):
    """A field that needs the application in `INSTALLED_APPS`."""

    def check(self, **kwargs: Any) -> list[Any]:
        return [*super().check(**kwargs), *app_installed_errors(self, self)]


class MutableField(PostgresField):
    """A field of mutable values: a default that all instances would share is warned of.

    Attributes:
        shared_default: a callable to use, and what it stands for, as written in code.
    """

    shared_default = ("list", "[]")

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if self.has_default() and self.default is not None and not callable(self.default):
            good, bad = self.shared_default
            found.append(
                checks.Warning(
                    f"{type(self).__name__} default should be a callable instead of an instance so that it's not "
                    "shared between all field instances.",
                    hint=f"Use a callable instead, e.g., use `{good}` instead of `{bad}`.",
                    obj=self,
                    id="fields.E010",
                )
            )
        return found
