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
    missing = []
    for model in models:
        content_type = content_types[model]
        for codename, name in all_permissions(model._meta):
            if (content_type.pk, codename) not in existing:
                permission = Permission(codename=codename, name=name)
                # First the database: a router must not choose another one than that of the content type.
                permission._state.db = using
                permission.content_type = content_type
                missing.append(permission)
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
    renamed = _first_and_last_names(app_config.label, plan or ())
    if not renamed:
        return
    try:
        Permission = apps.get_model("auth", "Permission")
    except LookupError:
        return
    if not router.allow_migrate_model(using, Permission):
        return
    write = print if stdout is None else stdout.write
    for first, last in renamed.items():
        _rename(Permission.objects.using(using), apps, (app_config.label, first, last), verbosity, write)


def _first_and_last_names(app_label: str, plan: Any) -> dict[str, str]:
    """Return the names of the models that a plan renames: before the plan, and after it."""
    last: dict[str, str] = {}
    for migration, backward in plan:
        if migration.app_label != app_label:
            continue
        for operation in reversed(migration.operations) if backward else migration.operations:
            if not isinstance(operation, migrations.RenameModel):
                continue
            old, new = operation.old_name, operation.new_name
            if backward:
                old, new = new, old
            # A chain of renames is one from its beginning to its end.
            origin = next((name for name, now in last.items() if now.lower() == old.lower()), old)
            last[origin] = new
    return {first: now for first, now in last.items() if first.lower() != now.lower()}


def _rename(stored: Any, apps: Any, names: tuple[str, str, str], verbosity: int, write: Any) -> None:
    """Rename the built-in permissions of one model, whose content type has its new name already.

    Raises:
        RuntimeError: the model has a permission with the new code name.
    """
    app_label, old_name, new_name = names
    try:
        options = apps.get_model(app_label, new_name)._meta
        actions, shown = options.default_permissions, options.verbose_name_raw
    except LookupError:
        # Migrated away altogether: only the name is known.
        actions, shown = stored.model._meta.default_permissions, new_name
    of_model = stored.filter(content_type__app_label=app_label, content_type__model=new_name.lower())
    by_codename = {permission.codename: permission for permission in of_model}
    done = []
    for action in actions:
        old, new = f"{action}_{old_name.lower()}", f"{action}_{new_name.lower()}"
        permission = by_codename.get(old)
        if permission is None:
            continue
        if new in by_codename:
            write(
                f"Failed to rename permission {permission.pk} from '{old}' to '{new}'. "
                "Please resolve the conflict manually."
            )
            raise RuntimeError(f"Permission '{new}' exists: '{old}' cannot be renamed.")
        permission.codename, permission.name = new, f"Can {action} {shown}"
        done.append((permission, f"{app_label}.{old} → {new}"))
    stored.bulk_update([permission for permission, _ in done], ["codename", "name"])
    if verbosity >= 2:
        for _, text in done:
            write(f"Renamed permission(s): {text}")


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
