"""Content types along with models: created after migrations, renamed when a migration renames a model."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps as global_apps
from hotclub.db import DEFAULT_DB_ALIAS, IntegrityError, migrations, router, transaction


class RenameContentType(migrations.RunPython):  # type: ignore[misc]
    """Renames the content type of a renamed model; put in behind each `RenameModel`."""

    def __init__(self, app_label: str, old_model: str, new_model: str) -> None:
        self.app_label = app_label
        self.old_model = old_model
        self.new_model = new_model
        super().__init__(self.rename_forward, self.rename_backward)

    def _rename(self, apps: Any, schema_editor: Any, old_model: str, new_model: str) -> None:
        ContentType = apps.get_model("contenttypes", "ContentType")
        alias = schema_editor.connection.alias
        if not router.allow_migrate_model(alias, ContentType):
            return
        manager = ContentType.objects.db_manager(alias)
        try:
            content_type = manager.get_by_natural_key(self.app_label, old_model)
        except ContentType.DoesNotExist:
            return
        content_type.model = new_model
        try:
            with transaction.atomic(using=alias):
                content_type.save(using=alias, update_fields={"model"})
        except IntegrityError:
            # One of the new name exists: the old one is stale and may be removed by hand.
            content_type.model = old_model
        else:
            # Others must see the new name.
            manager.clear_cache()

    def rename_forward(self, apps: Any, schema_editor: Any) -> None:
        """Rename old to new."""
        self._rename(apps, schema_editor, self.old_model, self.new_model)

    def rename_backward(self, apps: Any, schema_editor: Any) -> None:
        """Rename new to old."""
        self._rename(apps, schema_editor, self.new_model, self.old_model)


def inject_rename_contenttypes_operations(
    plan: Any = None, apps: Any = global_apps, using: str = DEFAULT_DB_ALIAS, **kwargs: Any
) -> None:
    """Put a `RenameContentType` behind every `RenameModel` of a plan of migrations."""
    if plan is None:
        return
    try:
        ContentType = apps.get_model("contenttypes", "ContentType")
    except LookupError:
        available = False
    else:
        available = router.allow_migrate_model(using, ContentType)
    for migration, backward in plan:
        if (migration.app_label, migration.name) == ("contenttypes", "0001_initial"):
            # Before it (or, going backward, from it on) there is no table.
            if backward:
                break
            available = True
            continue
        if not available:
            continue
        position = 0
        while position < len(migration.operations):
            operation = migration.operations[position]
            position += 1
            if isinstance(operation, migrations.RenameModel):
                rename = RenameContentType(migration.app_label, operation.old_name_lower, operation.new_name_lower)
                migration.operations.insert(position, rename)
                position += 1


def get_contenttypes_and_models(
    app_config: Any, using: str, ContentType: Any
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the content types and the models of an application by name; (None, None) if the database is not for them."""
    if not router.allow_migrate_model(using, ContentType):
        return None, None
    ContentType.objects.clear_cache()
    content_types = {
        content_type.model: content_type
        for content_type in ContentType.objects.using(using).filter(app_label=app_config.label)
    }
    app_models = {model._meta.model_name: model for model in app_config.get_models()}
    return content_types, app_models


def create_contenttypes(
    app_config: Any,
    verbosity: int = 2,
    interactive: bool = True,
    using: str = DEFAULT_DB_ALIAS,
    apps: Any = global_apps,
    **kwargs: Any,
) -> None:
    """Create the content types of an application's models that are missing."""
    if not app_config.models_module:
        return
    app_label = app_config.label
    try:
        app_config = apps.get_app_config(app_label)
        ContentType = apps.get_model("contenttypes", "ContentType")
    except LookupError:
        return
    content_types, app_models = get_contenttypes_and_models(app_config, using, ContentType)
    if not app_models or content_types is None:
        return
    missing = [
        ContentType(app_label=app_label, model=model_name)
        for model_name in app_models
        if model_name not in content_types
    ]
    ContentType.objects.using(using).bulk_create(missing)
    if verbosity >= 2:
        for content_type in missing:
            print(f"Adding content type '{content_type.app_label} | {content_type.model}'")
