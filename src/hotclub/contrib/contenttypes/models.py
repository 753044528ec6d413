"""Content types: a row for each model, so that other rows can point at any kind of object."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hotclub.apps import apps
from hotclub.db import models
from hotclub.db.models import Q
from hotclub.utils.translation import gettext_lazy as _


class ContentTypeManager(models.Manager):  # type: ignore[misc]
    """Finds content types, and remembers them for as long as the process lives."""

    use_in_migrations = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # alias -> (app label, model name) or id -> content type. As many as there are models.
        self._cache: dict[str, dict[Any, Any]] = {}

    def get_by_natural_key(self, app_label: str, model: str) -> Any:
        """Return the content type of a model by label and name."""
        try:
            return self._cache[self.db][(app_label, model)]
        except KeyError:
            found = self.get(app_label=app_label, model=model)
            self._add_to_cache(self.db, found)
            return found

    def _options_of(self, model: Any, for_concrete_model: bool) -> Any:
        return model._meta.concrete_model._meta if for_concrete_model else model._meta

    def get_for_model(self, model: Any, for_concrete_model: bool = True) -> Any:
        """Return the content type of a model (class or instance); it is made if it is missing.

        Args:
            model: the model.
            for_concrete_model: for a proxy, return the type of the model behind it.
        """
        options = self._options_of(model, for_concrete_model)
        cached = self._cache.get(self.db, {}).get((options.app_label, options.model_name))
        if cached is not None:
            return cached
        # Looking first saves a transaction nearly always.
        try:
            found = self.get(app_label=options.app_label, model=options.model_name)
        except self.model.DoesNotExist:
            found, _created = self.get_or_create(app_label=options.app_label, model=options.model_name)
        self._add_to_cache(self.db, found)
        return found

    def get_for_models(self, *models: Any, for_concrete_models: bool = True) -> dict[Any, Any]:
        """Return the content types of several models by model, with one query for those that are not known yet."""
        results: dict[Any, Any] = {}
        wanted: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        names: defaultdict[str, set[str]] = defaultdict(set)
        for model in models:
            options = self._options_of(model, for_concrete_models)
            key = (options.app_label, options.model_name)
            cached = self._cache.get(self.db, {}).get(key)
            if cached is not None:
                results[model] = cached
            else:
                wanted[key].append(model)
                names[options.app_label].add(options.model_name)
        if not wanted:
            return results
        condition = Q()
        for app_label, model_names in names.items():
            condition |= Q(("app_label", app_label), ("model__in", sorted(model_names)))
        for found in self.filter(condition):
            for model in wanted.pop((found.app_label, found.model), []):
                results[model] = found
            self._add_to_cache(self.db, found)
        for (app_label, model_name), missing in wanted.items():
            created = self.create(app_label=app_label, model=model_name)
            self._add_to_cache(self.db, created)
            for model in missing:
                results[model] = created
        return results

    def get_for_id(self, id: Any) -> Any:
        """Return a content type by id, from memory if it has been seen."""
        try:
            return self._cache[self.db][id]
        except KeyError:
            found = self.get(pk=id)
            self._add_to_cache(self.db, found)
            return found

    def clear_cache(self) -> None:
        """Forget what is remembered; needed where rows were changed behind the manager's back."""
        self._cache.clear()

    def _add_to_cache(self, using: str, content_type: Any) -> None:
        known = self._cache.setdefault(using, {})
        known[(content_type.app_label, content_type.model)] = content_type
        known[content_type.id] = content_type


class ContentType(models.Model):  # type: ignore[misc]
    """A model that is or was installed."""

    app_label = models.CharField(max_length=100)
    model = models.CharField(_("python model class name"), max_length=100)
    objects = ContentTypeManager()

    class Meta:
        verbose_name = _("content type")
        verbose_name_plural = _("content types")
        db_table = "django_content_type"
        unique_together = [["app_label", "model"]]

    def __str__(self) -> str:
        return self.app_labeled_name

    @property
    def name(self) -> str:
        """The model's name for humans; its stored name if it is not installed."""
        model = self.model_class()
        return str(model._meta.verbose_name) if model else str(self.model)

    @property
    def app_labeled_name(self) -> str:
        """Application and name for humans."""
        model = self.model_class()
        if not model:
            return str(self.model)
        return f"{model._meta.app_config.verbose_name} | {model._meta.verbose_name}"

    def model_class(self) -> Any:
        """Return the model; None if it is not installed."""
        try:
            return apps.get_model(self.app_label, self.model)
        except LookupError:
            return None

    def get_object_for_this_type(self, using: str | None = None, **kwargs: Any) -> Any:
        """Return the one object of the model that matches the arguments; the errors are those of `get`."""
        return self.model_class()._base_manager.using(using).get(**kwargs)

    def get_all_objects_for_this_type(self, **kwargs: Any) -> Any:
        """Return the objects of the model that match the arguments."""
        return self.model_class()._base_manager.filter(**kwargs)

    def natural_key(self) -> tuple[str, str]:
        """Return label and name."""
        return (self.app_label, self.model)
