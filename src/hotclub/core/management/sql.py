"""The signals around migrations, sent app by app; and the statements of `sqlflush`."""

from __future__ import annotations

import sys
from typing import Any

from hotclub.apps import apps
from hotclub.db.models import signals


def sql_flush(style: Any, connection: Any, reset_sequences: bool = True, allow_cascade: bool = False) -> list[str]:
    """Return the statements that empty all tables of the project in a database."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    statements: list[str] = connection.ops.sql_flush(
        style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
    )
    return statements


def _emit(signal: Any, name: str, verbosity: int, interactive: bool, db: str, kwargs: dict[str, Any]) -> None:
    for app_config in apps.get_app_configs():
        if app_config.models_module is None:
            continue
        if verbosity >= 2:
            stdout: Any = kwargs.get("stdout", sys.stdout)
            stdout.write(f"Running {name}-migrate handlers for application {app_config.label}")
        signal.send(
            sender=app_config, app_config=app_config, verbosity=verbosity, interactive=interactive, using=db, **kwargs
        )


def emit_pre_migrate_signal(verbosity: int, interactive: bool, db: str, **kwargs: Any) -> None:
    """Send `pre_migrate` for each app that has models."""
    _emit(signals.pre_migrate, "pre", verbosity, interactive, db, kwargs)


def emit_post_migrate_signal(verbosity: int, interactive: bool, db: str, **kwargs: Any) -> None:
    """Send `post_migrate` for each app that has models."""
    _emit(signals.post_migrate, "post", verbosity, interactive, db, kwargs)
