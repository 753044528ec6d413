"""Permissions along with models: created after migrations, renamed when a migration renames a model."""

from __future__ import annotations

import getpass
import unicodedata
from typing import Any

from hotclub.apps import apps as global_apps
from hotclub.contrib.auth import get_permission_codename
from hotclub.contrib.contenttypes.management import create_contenttypes
from hotclub.core import exceptions
from hotclub.db import DEFAULT_DB_ALIAS, migrations, router
from hotclub.utils.module_loading import import_string


def builtin_permissions(options: Any) -> list[tuple[str, str]]:
    """Return (code name, name) of the permissions that come by themselves."""
    return [
        (get_permission_codename(action, options), f"Can {action} {options.verbose_name_raw}")
        for action in options.default_permissions
    ]


def all_permissions(options: Any) -> list[tuple[str, str]]:
    """Return (code name, name) of all permissions of a model."""
    return [*builtin_permissions(options), *options.permissions]


def create_permissions(
    app_config: Any,
    verbosity: int = 2,
    interactive: bool = True,
    using: str = DEFAULT_DB_ALIAS,
    apps: Any = global_apps,
    **kwargs: Any,
) -> None:
    """Create the permissions of an application's models that are missing."""
    if not app_config.models_module:
        return
    try:
        Permission = apps.get_model("auth", "Permission")
    except LookupError:
        return
    if not router.allow_migrate_model(using, Permission):
        return
    # They point at content types.
    create_contenttypes(app_config, verbosity=verbosity, interactive=interactive, using=using, apps=apps, **kwargs)
    app_label = app_config.label
    try:
        app_config = apps.get_app_config(app_label)
        ContentType = apps.get_model("contenttypes", "ContentType")
    except LookupError:
        return
    models = list(app_config.get_models())
    content_types = ContentType.objects.db_manager(using).get_for_models(*models, for_concrete_models=False)
    existing = set(
        Permission.objects.using(using)
        .filter(content_type__in=set(content_types.values()))
        .values_list("content_type", "codename")
    )
    missing = [
        Permission(codename=codename, name=name, content_type=content_types[model])
        for model in models
        for codename, name in all_permissions(model._meta)
        if (content_types[model].pk, codename) not in existing
    ]
    for permission in missing:
        # Set by hand, so that the relation is looked up in the right database.
        permission._state.db = using
    Permission.objects.using(using).bulk_create(missing)
    if verbosity >= 2:
        for permission in missing:
            print(f"Adding permission '{permission}'")


def rename_permissions_after_model_rename(
    app_config: Any,
    verbosity: int = 2,
    plan: Any = None,
    using: str = DEFAULT_DB_ALIAS,
    apps: Any = global_apps,
    stdout: Any = None,
    **kwargs: Any,
) -> None:
    """Rename the built-in permissions of models that the migrations just run have renamed."""
    renames = [
        (operation.new_name, operation.old_name) if backward else (operation.old_name, operation.new_name)
        for migration, backward in plan or ()
        if migration.app_label == app_config.label
        for operation in migration.operations
        if isinstance(operation, migrations.RenameModel)
    ]
    if not renames:
        return
    try:
        Permission = apps.get_model("auth", "Permission")
        ContentType = apps.get_model("contenttypes", "ContentType")
    except LookupError:
        return
    if not router.allow_migrate_model(using, Permission):
        return
    for old_name, new_name in renames:
        _rename(Permission, ContentType, apps, app_config.label, old_name, new_name, using, verbosity, stdout)


def _rename(
    Permission: Any,
    ContentType: Any,
    apps: Any,
    app_label: str,
    old_name: str,
    new_name: str,
    using: str,
    verbosity: int,
    stdout: Any,
) -> None:
    try:
        options = apps.get_model(app_label, new_name)._meta
    except LookupError:
        return
    content_type = ContentType.objects.using(using).filter(app_label=app_label, model=new_name.lower()).first()
    if content_type is None:
        return
    old_ending, new_ending = f"_{old_name.lower()}", f"_{new_name.lower()}"
    existing = set(Permission.objects.using(using).filter(content_type=content_type).values_list("codename", flat=True))
    for permission in Permission.objects.using(using).filter(content_type=content_type):
        action = permission.codename.removesuffix(old_ending)
        if action == permission.codename or action not in options.default_permissions:
            continue
        codename = action + new_ending
        if codename in existing:
            # Somebody has made it already.
            if stdout is not None and verbosity >= 1:
                stdout.write(f"Permission '{codename}' exists: '{permission.codename}' is left as it is.\n")
            continue
        permission.codename = codename
        permission.name = f"Can {action} {options.verbose_name_raw}"
        permission.save(using=using, update_fields=["codename", "name"])


def get_system_username() -> str:
    """Return the name of the process's user; nothing if it cannot be told."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return ""


def get_default_username(check_db: bool = True, database: str = DEFAULT_DB_ALIAS) -> str:
    """Return a user name to offer: the system's, if it is a valid one that is not taken.

    Args:
        check_db: whether to look if it is taken.
        database: where to look.
    """
    # The models lie above the application's configuration, which imports this module.
    auth_models = import_string("hotclub.contrib.auth.models")
    if getattr(import_string("hotclub.contrib.auth.get_user_model")(), "__name__", "") != auth_models.User.__name__:
        # A model of its own may have rules of its own.
        return ""
    name = unicodedata.normalize("NFKD", get_system_username()).encode("ascii", "ignore").decode("ascii")
    name = name.replace(" ", "").lower()
    try:
        auth_models.User._meta.get_field("username").run_validators(name)
    except exceptions.ValidationError:
        return ""
    if check_db and name:
        try:
            auth_models.User._default_manager.db_manager(database).get(username=name)
        except auth_models.User.DoesNotExist:
            return name
        return ""
    return name
