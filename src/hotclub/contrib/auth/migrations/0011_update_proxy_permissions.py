"""Permissions of proxy models point at the proxy's content type."""

import sys
from typing import Any

from hotclub.core.management.color import color_style
from hotclub.db import IntegrityError, migrations, transaction
from hotclub.db.models import Q

WARNING = """
    A problem arose migrating proxy model permissions for {old} to {new}.

      Permission(s) for {new} already existed.
      Codenames Q: {query}

    Ensure to audit ALL permissions for {old} and {new}.
"""


def update_proxy_model_permissions(apps: Any, schema_editor: Any, reverse: bool = False) -> None:
    """Move the permissions of each proxy model to the other content type."""
    style = color_style()
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    alias = schema_editor.connection.alias
    for model in apps.get_models():
        options = model._meta
        if not options.proxy:
            continue
        codenames = [f"{action}_{options.model_name}" for action in options.default_permissions]
        query = Q(codename__in=codenames) | Q(codename__in=[codename for codename, _ in options.permissions])
        content_types = ContentType.objects.db_manager(alias)
        concrete = content_types.get_for_model(model, for_concrete_model=True)
        proxy = content_types.get_for_model(model, for_concrete_model=False)
        old, new = (proxy, concrete) if reverse else (concrete, proxy)
        try:
            with transaction.atomic(using=alias):
                Permission.objects.using(alias).filter(query, content_type=old).update(content_type=new)
        except IntegrityError:
            names = {kind: f"{kind.app_label}_{kind.model}" for kind in (old, new)}
            sys.stdout.write(style.WARNING(WARNING.format(old=names[old], new=names[new], query=query)))


def revert_proxy_model_permissions(apps: Any, schema_editor: Any) -> None:
    """Move them back."""
    update_proxy_model_permissions(apps, schema_editor, reverse=True)


class Migration(migrations.Migration):
    dependencies = [("auth", "0010_alter_group_name_max_length"), ("contenttypes", "0002_remove_content_type_name")]

    operations = [
        migrations.RunPython(update_proxy_model_permissions, revert_proxy_model_permissions),
    ]
