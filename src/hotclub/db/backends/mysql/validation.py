"""System checks of MySQL and MariaDB.

Source: docs ref/checks, "MySQL and MariaDB".
"""

from __future__ import annotations

from typing import Any

from hotclub.core import checks
from hotclub.db.backends.base.validation import BaseDatabaseValidation
from hotclub.utils.version import get_docs_version

_STRICT = frozenset({"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"})


class DatabaseValidation(BaseDatabaseValidation):
    """Warns of a server that cuts values silently, and of columns that it may not index."""

    def check(self, **kwargs: Any) -> list[Any]:
        return [*super().check(**kwargs), *self._check_strict_mode()]

    def _check_strict_mode(self) -> list[Any]:
        if self.connection.sql_mode & _STRICT:
            return []
        name = self.connection.display_name
        return [
            checks.Warning(
                f"{name} Strict Mode is not set for database connection '{self.connection.alias}'",
                hint=f"{name}'s Strict Mode fixes many data integrity problems in {name}, such as data truncation upon "
                "insertion, by escalating warnings into errors. It is strongly recommended you activate it. See: "
                f"https://docs.djangoproject.com/en/{get_docs_version()}/ref/databases/#mysql-sql-mode",
                id="mysql.W002",
            )
        ]

    def check_field_type(self, field: Any, field_type: str) -> list[Any]:
        found: list[Any] = []
        name = self.connection.display_name
        long_text = field_type.startswith("varchar") and field.unique
        if long_text and (field.max_length is None or int(field.max_length) > 255):
            found.append(
                checks.Warning(
                    f"{name} may not allow unique CharFields to have a max_length > 255.",
                    hint=f"See: https://docs.djangoproject.com/en/{get_docs_version()}/ref/databases/"
                    "#mysql-character-fields",
                    obj=field,
                    id="mysql.W003",
                )
            )
        if field.db_index and field_type.lower() in self.connection._limited_data_types:
            found.append(
                checks.Warning(
                    f"{name} does not support a database index on {field_type} columns.",
                    hint="An index won't be created. Silence this warning if you don't care about it.",
                    obj=field,
                    id="fields.W162",
                )
            )
        return found
