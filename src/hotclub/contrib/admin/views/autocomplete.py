"""The view that answers autocomplete widgets: a page of matching objects as JSON."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.contrib.admin.exceptions import NotRegistered
from hotclub.core.exceptions import FieldDoesNotExist, PermissionDenied
from hotclub.http import Http404, JsonResponse
from hotclub.views.generic.list import BaseListView


class AutocompleteJsonView(BaseListView):
    """Answers with `results` (id and text) and `pagination`."""

    paginate_by = 20
    admin_site: Any = None

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the matching objects the user may see.

        Raises:
            PermissionDenied: the user may not see the model.
        """
        self.term, self.model_admin, self.source_field, to_field_name = self.process_request(request)
        if not self.has_perm(request):
            raise PermissionDenied
        self.object_list = self.get_queryset()
        context = self.get_context_data()
        return JsonResponse(
            {
                "results": [self.serialize_result(obj, to_field_name) for obj in context["object_list"]],
                "pagination": {"more": context["page_obj"].has_next()},
            }
        )

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Return an object as a result; may be overridden to add to it."""
        return {"id": str(getattr(obj, to_field_name)), "text": str(obj)}

    def get_paginator(self, *args: Any, **kwargs: Any) -> Any:
        """Return the paginator of the model's admin."""
        return self.model_admin.get_paginator(self.request, *args, **kwargs)

    def get_queryset(self) -> Any:
        """Return the objects that match the term."""
        queryset = self.model_admin.get_queryset(self.request)
        queryset = queryset.complex_filter(self.source_field.get_limit_choices_to())
        queryset, may_have_duplicates = self.model_admin.get_search_results(self.request, queryset, self.term)
        return queryset.distinct() if may_have_duplicates else queryset

    def process_request(self, request: Any) -> tuple[str, Any, Any, str]:
        """Return the term, the admin of the model asked for, the field it is for, and the field whose value it takes.

        Raises:
            PermissionDenied: the parameters name no relation of a registered model.
            Http404: the model's admin has no search fields.
        """
        term = request.GET.get("term", "")
        try:
            app_label = request.GET["app_label"]
            model_name = request.GET["model_name"]
            field_name = request.GET["field_name"]
        except KeyError as error:
            raise PermissionDenied from error
        try:
            source_model = apps.get_model(app_label, model_name)
            source_field = source_model._meta.get_field(field_name)
            remote_model = source_field.remote_field.model
            model_admin = self.admin_site.get_model_admin(remote_model)
        except (LookupError, FieldDoesNotExist, AttributeError, NotRegistered) as error:
            raise PermissionDenied from error
        if not model_admin.get_search_fields(request):
            raise Http404(f"{type(model_admin).__qualname__} must have search_fields for the autocomplete_view.")
        to_field_name = getattr(source_field.remote_field, "field_name", None) or remote_model._meta.pk.attname
        to_field_name = remote_model._meta.get_field(to_field_name).attname
        if not model_admin.to_field_allowed(request, to_field_name):
            raise PermissionDenied
        return term, model_admin, source_field, to_field_name

    def has_perm(self, request: Any, obj: Any = None) -> bool:
        """Return whether the user may see the model."""
        return bool(self.model_admin.has_view_permission(request, obj=obj))
