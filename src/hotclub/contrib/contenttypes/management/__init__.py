"""What keeps content types in step with the models: made after migrate, renamed with `RenameModel`."""

from __future__ import annotations

import warnings
from typing import Any

from hotclub.apps import apps as global_apps
from hotclub.db import DEFAULT_DB_ALIAS, IntegrityError, migrations, router, transaction


class RenameContentType(migrations.RunPython):
    """Renames the row of a model along with the model."""

    def __init__(self, app_label: str, old_model: str, new_model: str) -> None:
        self.app_label = app_label
        self.old_model = old_model
        self.new_model = new_model
        super().__init__(self.rename_forward, self.rename_backward)

    def _rename(self, apps: Any, schema_editor: Any, old: str, new: str) -> None:
        ContentType = apps.get_model("contenttypes", "ContentType")
        alias = schema_editor.connection.alias
        if not router.allow_migrate_model(alias, ContentType):
            return
        try:
            content_type = ContentType.objects.db_manager(alias).get_by_natural_key(self.app_label, old)
        except ContentType.DoesNotExist:
            return
        content_type.model = new
        try:
            with transaction.atomic(using=alias):
                content_type.save(using=alias, update_fields={"model"})
        except IntegrityError:
            # There is a row of the new name already; the stale one stays, for remove_stale_contenttypes.
            content_type.model = old
            warnings.warn(
                f"Could not rename content type '{self.app_label}.{old}' to '{new}' due to an existing conflicting "
                "content type. Run 'remove_stale_contenttypes' to clean up stale entries.",
                RuntimeWarning,
                stacklevel=2,
            )
        else:
            # The cache holds it under its old name.
            ContentType.objects.clear_cache()

    def rename_forward(self, apps: Any, schema_editor: Any) -> None:
        self._rename(apps, schema_editor, self.old_model, self.new_model)

    def rename_backward(self, apps: Any, schema_editor: Any) -> None:
        self._rename(apps, schema_editor, self.new_model, self.old_model)


def inject_rename_contenttypes_operations(
    plan: Any = None, apps: Any = global_apps, using: str = DEFAULT_DB_ALIAS, **kwargs: Any
) -> None:
    """Put a `RenameContentType` behind each `RenameModel` of a plan (receiver of `pre_migrate`)."""
    if plan is None:
        return
    try:
        ContentType = apps.get_model("contenttypes", "ContentType")
    except LookupError:
        available = False
    else:
        if not router.allow_migrate_model(using, ContentType):
            return
        available = True
    for migration, backward in plan:
        if (migration.app_label, migration.name) == ("contenttypes", "0001_initial"):
            # Before this migration there is no table to rename in.
            if backward:
                break
            available = True
            continue
        if not available:
            continue
        operations = []
        for operation in migration.operations:
            operations.append(operation)
            if isinstance(operation, migrations.RenameModel):
                operations.append(
                    RenameContentType(migration.app_label, operation.old_name_lower, operation.new_name_lower)
                )
        migration.operations[:] = operations


def get_contenttypes_and_models(app_config: Any, using: str, ContentType: Any) -> tuple[Any, Any]:
    """Return the rows of an app by model name, and its models by name; two Nones if they do not live on the database."""
    if not router.allow_migrate_model(using, ContentType):
        return None, None
    ContentType.objects.clear_cache()
    rows = {row.model: row for row in ContentType.objects.using(using).filter(app_label=app_config.label)}
    return rows, {model._meta.model_name: model for model in app_config.get_models()}


def create_contenttypes(
    app_config: Any,
    verbosity: int = 2,
    interactive: bool = True,
    using: str = DEFAULT_DB_ALIAS,
    apps: Any = global_apps,
    **kwargs: Any,
) -> None:
    """Make the missing rows of an app's models (receiver of `post_migrate`)."""
    if not app_config.models_module:
        return
    app_label = app_config.label
    try:
        app_config = apps.get_app_config(app_label)
        ContentType = apps.get_model("contenttypes", "ContentType")
    except LookupError:
        return
    rows, models = get_contenttypes_and_models(app_config, using, ContentType)
    if not models:
        return
    missing = [ContentType(app_label=app_label, model=name) for name in models if name not in rows]
    ContentType.objects.using(using).bulk_create(missing)
    if verbosity >= 2:
        for row in missing:
            print(f"Adding content type '{row.app_label} | {row.model}'")
