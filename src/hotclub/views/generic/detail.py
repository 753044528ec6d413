"""Views of one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from hotclub._kernel.object_type import ObjectT
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db import models
from hotclub.http import Http404
from hotclub.utils.translation import gettext as _
from hotclub.views.generic.base import ContextMixin, TemplateResponseMixin, View

if TYPE_CHECKING:
    from hotclub.db.models import QuerySet


class SingleObjectMixin(ContextMixin, Generic[ObjectT]):
    """Finds an object by primary key or slug.

    Source: docs ref/class-based-views/mixins-single-object.
    """

    model: Any = None
    queryset: Any = None
    slug_field = "slug"
    context_object_name: str | None = None
    slug_url_kwarg = "slug"
    pk_url_kwarg = "pk"
    query_pk_and_slug = False
    object: ObjectT
    kwargs: Any

    def get_object(self, queryset: Any = None) -> ObjectT:
        """Give the object.

        Raises:
            Http404: there is none.
            AttributeError: the URL captures neither primary key nor slug.
        """
        if queryset is None:
            queryset = self.get_queryset()
        pk = self.kwargs.get(self.pk_url_kwarg)
        slug = self.kwargs.get(self.slug_url_kwarg)
        if pk is not None:
            queryset = queryset.filter(pk=pk)
        if slug is not None and (pk is None or self.query_pk_and_slug):
            queryset = queryset.filter(**{self.get_slug_field(): slug})
        if pk is None and slug is None:
            raise AttributeError(
                f"Generic detail view {type(self).__name__} must be called with either an object pk or a slug in the "
                "URLconf."
            )
        try:
            return queryset.get()  # type: ignore[no-any-return]
        except queryset.model.DoesNotExist:
            raise Http404(
                _("No %(verbose_name)s found matching the query") % {"verbose_name": queryset.model._meta.verbose_name}
            ) from None

    def get_queryset(self) -> QuerySet[ObjectT]:
        """Give the queryset to look in.

        Raises:
            ImproperlyConfigured: the view says neither model nor queryset.
        """
        if self.queryset is not None:
            return self.queryset.all()  # type: ignore[no-any-return]
        if self.model:
            return self.model._default_manager.all()  # type: ignore[no-any-return]
        name = type(self).__name__
        raise ImproperlyConfigured(
            f"{name} is missing a QuerySet. Define {name}.model, {name}.queryset, or override {name}.get_queryset()."
        )

    def get_slug_field(self) -> str:
        """Give the name of the field that holds the slug."""
        return self.slug_field

    def get_context_object_name(self, obj: Any) -> str | None:
        """Give the name of the object in the context, besides `object`."""
        if self.context_object_name:
            return self.context_object_name
        if isinstance(obj, models.Model):
            return obj._meta.model_name
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the object to the context."""
        context: dict[str, Any] = {}
        if self.object:
            context["object"] = self.object
            name = self.get_context_object_name(self.object)
            if name:
                context[name] = self.object
        context.update(kwargs)
        return super().get_context_data(**context)


class BaseDetailView(SingleObjectMixin[ObjectT], View):
    """A view of one object, without a template."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Find the object and show it."""
        self.object = self.get_object()
        return self.render_to_response(self.get_context_data(object=self.object))  # type: ignore[attr-defined]


class SingleObjectTemplateResponseMixin(TemplateResponseMixin, Generic[ObjectT]):
    """Names the template after the model."""

    template_name_field: str | None = None
    template_name_suffix = "_detail"
    object: ObjectT

    def get_template_names(self) -> list[str]:
        """Give the names: the view's own, the object's, `<app>/<model>_detail.html`.

        Raises:
            ImproperlyConfigured: there is none.
        """
        if self.template_name is not None:
            return [self.template_name]
        names: list[str] = []
        if self.object and self.template_name_field:
            name = getattr(self.object, self.template_name_field, None)
            if name:
                names.insert(0, name)
        meta = None
        if isinstance(self.object, models.Model):
            meta = self.object._meta
            if meta.model is not None and getattr(meta.model, "_deferred", False):
                meta = meta.proxy_for_model._meta
        elif getattr(self, "model", None) is not None and issubclass(self.model, models.Model):  # type: ignore[attr-defined]
            meta = self.model._meta  # type: ignore[attr-defined]
        if meta is not None:
            names.append(f"{meta.app_label}/{meta.model_name}{self.template_name_suffix}.html")
        if not names:
            raise ImproperlyConfigured(
                "SingleObjectTemplateResponseMixin requires a definition of 'template_name', 'template_name_field', or "
                "'model'; or an implementation of 'get_template_names()'."
            )
        return names


class DetailView(SingleObjectTemplateResponseMixin[ObjectT], BaseDetailView[ObjectT]):
    """Shows one object.

    Source: docs ref/class-based-views/generic-display, "DetailView".
    """
