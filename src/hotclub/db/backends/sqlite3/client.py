"""The `sqlite3` program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub.db.backends.base.client import BaseDatabaseClient


class DatabaseClient(BaseDatabaseClient):
    """Starts `sqlite3` on the database file."""

    executable_name: str = "sqlite3"

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Sequence[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        return [cls.executable_name, settings_dict["NAME"], *parameters], None
