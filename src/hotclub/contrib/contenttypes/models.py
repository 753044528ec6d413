"""`ContentType`: a row for each installed model, and its manager with a cache per database."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hotclub.apps import apps
from hotclub.db import models
from hotclub.db.models import Q
from hotclub.utils.translation import gettext_lazy as _


class ContentTypeManager(models.Manager):
    """Finds content types; each is read once per database and process.

    Source: docs ref/contrib/contenttypes, "ContentTypeManager".
    """

    use_in_migrations = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One entry for each model (twice: by id and by name), so the number of models bounds it.
        self._cache: dict[str, dict[Any, Any]] = {}

    def get_by_natural_key(self, app_label: str, model: str) -> Any:
        """Return the content type of a label and a lower-case model name."""
        try:
            return self._cache[self.db][(app_label, model)]
        except KeyError:
            found = self.get(app_label=app_label, model=model)
            self._add_to_cache(self.db, found)
            return found

    async def aget_by_natural_key(self, app_label: str, model: str) -> Any:
        """The async half of `get_by_natural_key()`."""
        try:
            return self._cache[self.db][(app_label, model)]
        except KeyError:
            found = await self.aget(app_label=app_label, model=model)
            self._add_to_cache(self.db, found)
            return found

    @staticmethod
    def _options(model: Any, for_concrete_model: bool) -> Any:
        return model._meta.concrete_model._meta if for_concrete_model else model._meta

    def _cached(self, opts: Any) -> Any:
        return self._cache.get(self.db, {}).get((opts.app_label, opts.model_name))

    def get_for_model(self, model: Any, for_concrete_model: bool = True) -> Any:
        """Return the content type of a model or an instance, making the row if it is missing.

        Args:
            model: model class or instance.
            for_concrete_model: whether a proxy model stands for its concrete model.
        """
        opts = self._options(model, for_concrete_model)
        found = self._cached(opts)
        if found is None:
            try:
                # A plain read first: `get_or_create()` would go to the database for writing.
                found = self.get(app_label=opts.app_label, model=opts.model_name)
            except self.model.DoesNotExist:
                found, _created = self.get_or_create(app_label=opts.app_label, model=opts.model_name)
            self._add_to_cache(self.db, found)
        return found

    def get_for_models(self, *models: Any, for_concrete_models: bool = True) -> dict[Any, Any]:
        """Return the content types of several models, by model, with at most one query for those that exist."""
        results: dict[Any, Any] = {}
        missing: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for model in models:
            opts = self._options(model, for_concrete_models)
            cached = self._cached(opts)
            if cached is None:
                missing[opts.app_label, opts.model_name].append(model)
            else:
                results[model] = cached
        if not missing:
            return results
        condition = Q()
        by_label: dict[str, list[str]] = defaultdict(list)
        for app_label, model_name in missing:
            by_label[app_label].append(model_name)
        for app_label, names in by_label.items():
            condition |= Q(app_label=app_label, model__in=names)
        for found in self.filter(condition):
            for model in missing.pop((found.app_label, found.model), ()):
                results[model] = found
            self._add_to_cache(self.db, found)
        for (app_label, model_name), waiting in missing.items():
            made = self.create(app_label=app_label, model=model_name)
            self._add_to_cache(self.db, made)
            for model in waiting:
                results[model] = made
        return results

    def get_for_id(self, id: Any) -> Any:
        """Return a content type by id, from the cache if it has been seen."""
        try:
            return self._cache[self.db][id]
        except KeyError:
            found = self.get(pk=id)
            self._add_to_cache(self.db, found)
            return found

    def clear_cache(self) -> None:
        """Forget what has been read (needed where rows are changed behind the manager's back, as in tests)."""
        self._cache.clear()

    def _add_to_cache(self, using: str, found: Any) -> None:
        known = self._cache.setdefault(using, {})
        known[found.app_label, found.model] = found
        known[found.pk] = found


class ContentType(models.Model):
    """An installed model.

    Source: docs ref/contrib/contenttypes, "ContentType".
    """

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
        """The verbose name of the model; its plain name if the model is gone."""
        model = self.model_class()
        return str(model._meta.verbose_name) if model else self.model

    @property
    def app_labeled_name(self) -> str:
        """The verbose names of app and model: "Polls | question"."""
        model = self.model_class()
        if not model:
            return f"{self.app_label} | {self.model}"
        return f"{model._meta.app_config.verbose_name} | {model._meta.verbose_name}"

    def model_class(self) -> Any:
        """Return the model class, or None if it is not installed any more."""
        try:
            return apps.get_model(self.app_label, self.model)
        except LookupError:
            return None

    def get_object_for_this_type(self, using: str | None = None, **kwargs: Any) -> Any:
        """Return the object of this model that the lookups give.

        Raises:
            ObjectDoesNotExist: there is none.
        """
        return self.model_class()._base_manager.using(using).get(**kwargs)

    def get_all_objects_for_this_type(self, **kwargs: Any) -> Any:
        """Return a queryset of the objects of this model that the lookups give."""
        return self.model_class()._base_manager.filter(**kwargs)

    def natural_key(self) -> tuple[str, str]:
        return self.app_label, self.model
