"""`clearsessions`: delete sessions that have ended."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Run it as a cron job."""

    help = (
        "Can be run as a cronjob or directly to clean out expired sessions (only with the database backend at the "
        "moment)."
    )

    def handle(self, **options: Any) -> None:
        """Have the configured backend delete what has ended."""
        engine = import_module(settings.SESSION_ENGINE)
        try:
            engine.SessionStore.clear_expired()
        except NotImplementedError as error:
            raise CommandError(
                f"Session engine '{settings.SESSION_ENGINE}' doesn't support clearing expired sessions."
            ) from error
