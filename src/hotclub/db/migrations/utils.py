"""Names and numbers of migration files."""

from __future__ import annotations

import re
from datetime import datetime

_NUMBER = re.compile(r"^[0-9]+")
_SQUASHED = re.compile(r".*_squashed_(\d+)")


def get_migration_name_timestamp() -> str:
    """Give the time as part of a name: year to minute."""
    return datetime.now().strftime("%Y%m%d_%H%M")


def parse_number(name: str) -> int | None:
    """Give the number of a migration's name; that of the last squashed one for a squashed migration."""
    if squashed := _SQUASHED.match(name):
        return int(squashed[1])
    match = _NUMBER.match(name)
    return int(match[0]) if match else None
