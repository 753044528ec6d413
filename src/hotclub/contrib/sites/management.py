"""The first site: made along with the table."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps as global_apps
from hotclub.conf import settings
from hotclub.core.management.color import no_style
from hotclub.db import DEFAULT_DB_ALIAS, connections, router


def create_default_site(
    app_config: Any,
    verbosity: int = 2,
    interactive: bool = True,
    using: str = DEFAULT_DB_ALIAS,
    apps: Any = global_apps,
    **kwargs: Any,
) -> None:
    """Create "example.com" if there is no site, with the id of `SITE_ID`."""
    try:
        Site = apps.get_model("sites", "Site")
    except LookupError:
        return
    if not router.allow_migrate_model(using, Site) or Site.objects.using(using).exists():
        return
    if verbosity >= 2:
        print("Creating example.com Site object")
    # A fixed id: SITE_ID is set before there are rows to look at.
    Site(pk=getattr(settings, "SITE_ID", 1), domain="example.com", name="example.com").save(using=using)
    # The id was given: the sequence has to be told.
    statements = connections[using].ops.sequence_reset_sql(no_style(), [Site])
    if statements:
        if verbosity >= 2:
            print("Resetting sequence")
        with connections[using].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
