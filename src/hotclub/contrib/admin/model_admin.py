"""ModelAdmin: the options and hooks of a model's admin. Its pages are functions of `object_pages` and `list_page`."""

from __future__ import annotations

import inspect
import operator
import warnings
from collections.abc import Iterator
from functools import partial, reduce, update_wrapper
from typing import Any

from hotclub import forms
from hotclub.contrib import messages
from hotclub.contrib.admin import helpers, list_page, object_pages, responses
from hotclub.contrib.admin.checks import ModelAdminChecks
from hotclub.contrib.admin.form_options import BaseModelAdmin
from hotclub.contrib.admin.known import bases
from hotclub.contrib.admin.parameters import (
    IS_POPUP_VAR,
    Action,
    ActionLocation,
    ShowFacets,
)
from hotclub.contrib.admin.utils import (
    construct_change_message,
    flatten_fieldsets,
    get_deleted_objects,
    lookup_spawns_duplicates,
    model_format_dict,
)
from hotclub.contrib.messages import constants
from hotclub.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from hotclub.core.paginator import Paginator
from hotclub.db import models
from hotclub.db.models.constants import LOOKUP_SEP
from hotclub.db.models.utils import get_blank_choice_label
from hotclub.forms.models import modelform_defines_fields, modelform_factory, modelformset_factory
from hotclub.template.response import TemplateResponse
from hotclub.urls import path
from hotclub.utils.decorators import method_decorator
from hotclub.utils.deprecation import RemovedInDjango2028Warning
from hotclub.utils.html import format_html
from hotclub.utils.http import urlencode
from hotclub.utils.text import capfirst, smart_split, unescape_string_literal
from hotclub.utils.translation import gettext as _
from hotclub.views.decorators.csrf import csrf_protect
from hotclub.views.generic import RedirectView

csrf_protect_m = method_decorator(csrf_protect)

# A search may have so many words; the rest is left out. Each costs a condition on each searched field.
MAX_SEARCH_TERMS = 50


class ModelAdmin(BaseModelAdmin):
    """The admin of a model.

    Args:
        model: the model.
        admin_site: the site.
    """

    list_display: Any = ("__str__",)
    list_display_links: Any = ()
    list_filter: Any = ()
    list_select_related: Any = False
    list_per_page = 100
    list_max_show_all = 200
    list_editable: Any = ()
    search_fields: Any = ()
    search_help_text: Any = None
    date_hierarchy: str | None = None
    save_as = False
    save_as_continue = True
    save_on_top = False
    paginator: Any = Paginator
    preserve_filters = True
    show_facets: Any = ShowFacets.ALLOW
    inlines: Any = ()

    add_form_template: Any = None
    change_form_template: Any = None
    change_list_template: Any = None
    delete_confirmation_template: Any = None
    delete_selected_confirmation_template: Any = None
    object_history_template: Any = None
    popup_response_template: Any = None

    actions: Any = ()
    action_form: Any = helpers.ActionForm
    actions_on_top = True
    actions_on_bottom = False
    actions_selection_counter = True
    checks_class: Any = ModelAdminChecks

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("list_select_related") is True:
            warnings.warn(
                "Setting ModelAdmin.list_select_related to True is deprecated. Use False or a list or tuple of fields "
                "to fetch instead.",
                RemovedInDjango2028Warning,
                # The class statement: behind it stands the metaclass.
                stacklevel=3,
            )

    def __init__(self, model: Any, admin_site: Any) -> None:
        self.model = model
        self.opts = model._meta
        self.admin_site = admin_site
        super().__init__()

    def __str__(self) -> str:
        return f"{self.opts.app_label}.{self.__class__.__name__}"

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__}: model={self.model.__qualname__} site={self.admin_site!r}>"

    # URLs

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of the model's pages."""

        def wrap(view: Any) -> Any:
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return self.admin_site.admin_view(view)(*args, **kwargs)

            wrapper.model_admin = self  # type: ignore[attr-defined]  # documentation tools look at it
            return update_wrapper(wrapper, view)

        names = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("", wrap(self.changelist_view), name=f"{names}_changelist"),
            path("add/", wrap(self.add_view), name=f"{names}_add"),
            path("<path:object_id>/history/", wrap(self.history_view), name=f"{names}_history"),
            path("<path:object_id>/delete/", wrap(self.delete_view), name=f"{names}_delete"),
            path("<path:object_id>/change/", wrap(self.change_view), name=f"{names}_change"),
            # Where objects were changed before the word was in the URL.
            path(
                "<path:object_id>/",
                wrap(RedirectView.as_view(pattern_name=f"{self.admin_site.name}:{names}_change")),
            ),
        ]

    @property
    def urls(self) -> list[Any]:
        """The URL patterns."""
        return self.get_urls()

    @property
    def media(self) -> Any:
        """Scripts that every page of the model needs."""
        return forms.Media(js=["admin/js/admin.js", "admin/js/related-objects.js"])

    def get_model_perms(self, request: Any) -> dict[str, bool]:
        """Return what the user may do with objects of this model."""
        return {
            "add": self.has_add_permission(request),
            "change": self.has_change_permission(request),
            "delete": self.has_delete_permission(request),
            "view": self.has_view_permission(request),
        }

    # Forms

    def _get_form_for_get_fields(self, request: Any, obj: Any) -> Any:
        return self.get_form(request, obj, fields=None)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class.

        Args:
            request: the request.
            obj: the object to change; None for a new one.
            change: whether the user is to change an object.
            **kwargs: arguments of `modelform_factory` that go over those made here.

        Raises:
            FieldError: the options name fields that do not exist.
        """
        fields = kwargs.pop("fields") if "fields" in kwargs else flatten_fieldsets(self.get_fieldsets(request, obj))
        excluded = self.get_exclude(request, obj)
        readonly_fields = self.get_readonly_fields(request, obj)
        exclude = [*(excluded or ()), *readonly_fields]
        # Who may only look gets a form without fields: nothing that is submitted can be written.
        if change and hasattr(request, "user") and not self.has_change_permission(request, obj):
            exclude.extend(fields or ())
        if excluded is None and getattr(self.form, "_meta", None) and self.form._meta.exclude:
            exclude.extend(self.form._meta.exclude)
        # A declared field that is read-only is taken away.
        declared_readonly = dict.fromkeys(name for name in readonly_fields if name in self.form.declared_fields)
        form = type(self.form)(self.form.__name__, (self.form,), declared_readonly)
        defaults = {
            "form": form,
            "fields": fields,
            "exclude": exclude or None,
            "formfield_callback": partial(self.formfield_for_dbfield, request=request),
            **kwargs,
        }
        if defaults["fields"] is None and not modelform_defines_fields(defaults["form"]):
            defaults["fields"] = forms.ALL_FIELDS
        try:
            return modelform_factory(self.model, **defaults)
        except FieldError as error:
            raise FieldError(
                f"{error}. Check fields/fieldsets/exclude attributes of class {self.__class__.__name__}."
            ) from error

    def get_changeform_initial_data(self, request: Any) -> dict[str, Any]:
        """Return initial values of a new object from the query string."""
        initial = dict(request.GET.items())
        for name in initial:
            try:
                field = self.opts.get_field(name)
            except FieldDoesNotExist:
                continue
            if isinstance(field, models.ManyToManyField):
                initial[name] = initial[name].split(",")
        return initial

    def get_inline_instances(self, request: Any, obj: Any = None) -> list[Any]:
        """Return the inlines the user may see."""
        instances = []
        for inline_class in self.get_inlines(request, obj):
            inline = inline_class(self.model, self.admin_site)
            if request:
                can_add = inline.has_add_permission(request, obj)
                if not (
                    inline.has_view_or_change_permission(request, obj)
                    or can_add
                    or inline.has_delete_permission(request, obj)
                ):
                    continue
                if not can_add:
                    inline.max_num = 0
            instances.append(inline)
        return instances

    def get_formsets_with_inlines(self, request: Any, obj: Any = None) -> Iterator[tuple[Any, Any]]:
        """Yield formset classes and their inlines."""
        for inline in self.get_inline_instances(request, obj):
            yield inline.get_formset(request, obj), inline

    def get_formset_kwargs(self, request: Any, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Return the arguments of an inline's formset."""
        kwargs: dict[str, Any] = {"instance": obj, "prefix": prefix, "queryset": inline.get_queryset(request)}
        if request.method == "POST":
            kwargs.update(
                {"data": request.POST.copy(), "files": request.FILES, "save_as_new": "_saveasnew" in request.POST}
            )
        return kwargs

    def get_inline_formsets(self, request: Any, formsets: Any, inline_instances: Any, obj: Any = None) -> list[Any]:
        """Return formsets as the templates take them."""
        # Without the permission to change the parent its rows cannot be changed either.
        may_edit_parent = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        shown = []
        for inline, formset in zip(inline_instances, formsets, strict=False):
            fieldsets = list(inline.get_fieldsets(request, obj))
            readonly = list(inline.get_readonly_fields(request, obj))
            if may_edit_parent:
                permissions = {
                    "has_add_permission": inline.has_add_permission(request, obj),
                    "has_change_permission": inline.has_change_permission(request, obj),
                    "has_delete_permission": inline.has_delete_permission(request, obj),
                }
            else:
                permissions = dict.fromkeys(
                    ("has_add_permission", "has_change_permission", "has_delete_permission"), False
                )
                formset.extra = formset.max_num = 0
            shown.append(
                helpers.InlineAdminFormSet(
                    inline,
                    formset,
                    fieldsets,
                    dict(inline.get_prepopulated_fields(request, obj)),
                    readonly,
                    model_admin=self,
                    has_view_permission=inline.has_view_permission(request, obj),
                    **permissions,
                )
            )
        return shown

    # The list

    def get_changelist(self, request: Any, **kwargs: Any) -> Any:
        """Return the class of the list."""
        return list_page.changelist_class()

    def get_changelist_instance(self, request: Any) -> Any:
        """Return the list.

        Raises:
            IncorrectLookupParameters: the query string makes no sense.
        """
        list_display = self.get_list_display(request)
        list_display_links = self.get_list_display_links(request, list_display)
        if self.get_actions(request):
            list_display = ["action_checkbox", *list_display]
        return self.get_changelist(request)(
            request,
            self.model,
            list_display,
            list_display_links,
            self.get_list_filter(request),
            self.date_hierarchy,
            self.get_search_fields(request),
            self._select_related_option(request),
            self.list_per_page,
            self.list_max_show_all,
            self.list_editable,
            self,
            self.get_sortable_by(request),
            self.search_help_text,
        )

    def get_changelist_form(self, request: Any, **kwargs: Any) -> Any:
        """Return the form class of the rows of the list."""
        defaults = {"formfield_callback": partial(self.formfield_for_dbfield, request=request), **kwargs}
        if defaults.get("fields") is None and not modelform_defines_fields(defaults.get("form")):
            defaults["fields"] = forms.ALL_FIELDS
        return modelform_factory(self.model, **defaults)

    def get_changelist_formset(self, request: Any, **kwargs: Any) -> Any:
        """Return the formset class of the list."""
        defaults = {"formfield_callback": partial(self.formfield_for_dbfield, request=request), **kwargs}
        return modelformset_factory(
            self.model, self.get_changelist_form(request), extra=0, fields=self.list_editable, **defaults
        )

    def _get_edited_object_pks(self, request: Any, prefix: str) -> list[Any]:
        return list_page.submitted_keys(self, request, prefix)

    def _get_list_editable_queryset(self, request: Any, prefix: str) -> Any:
        return list_page.submitted_rows(self, request, prefix)

    def get_paginator(
        self, request: Any, queryset: Any, per_page: int, orphans: int = 0, allow_empty_first_page: bool = True
    ) -> Any:
        """Return the paginator of the list."""
        return self.paginator(queryset, per_page, orphans, allow_empty_first_page)

    def get_list_display(self, request: Any) -> Any:
        """Return the columns."""
        return self.list_display

    def get_list_display_links(self, request: Any, list_display: Any) -> Any:
        """Return the columns that link to the change page: the first, unless told otherwise."""
        if self.list_display_links or self.list_display_links is None or not list_display:
            return self.list_display_links
        return list(list_display)[:1]

    def get_list_filter(self, request: Any) -> Any:
        """Return the filters."""
        return self.list_filter

    def get_list_select_related(self, request: Any) -> Any:
        """Return what is read together with the rows."""
        return self.list_select_related

    def _select_related_option(self, request: Any) -> Any:
        option = self.get_list_select_related(request)
        if option is True and self.list_select_related is not True:
            _warn_at(
                type(self).get_list_select_related,
                "Returning True from ModelAdmin.get_list_select_related() is deprecated. Return False or a list or "
                "tuple of fields to fetch instead.",
            )
        return option

    def get_search_fields(self, request: Any) -> Any:
        """Return the fields that are searched."""
        return self.search_fields

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search.

        Args:
            request: the request.
            queryset: where to search.
            search_term: words; each has to be found in one of the fields. Quotes keep words together.

        Returns:
            The narrowed queryset, and whether rows may come more than once.
        """
        search_fields = self.get_search_fields(request)
        if not search_fields or not search_term:
            return queryset, False
        lookups = [_search_lookup(self.opts, str(name)) for name in search_fields]
        conditions = []
        for number, word in enumerate(smart_split(search_term)):
            if number >= MAX_SEARCH_TERMS:
                break
            if word.startswith(('"', "'")) and len(word) > 1 and word[0] == word[-1]:
                word = unescape_string_literal(word)
            candidates = (_condition(self.opts, lookup, word) for lookup in lookups)
            one_field = [condition for condition in candidates if condition]
            conditions.append(models.Q.create(one_field, connector=models.Q.OR) if one_field else models.Q(pk__in=[]))
        if conditions:
            queryset = queryset.filter(reduce(operator.and_, conditions))
        return queryset, any(lookup_spawns_duplicates(self.opts, lookup) for lookup in lookups)

    def get_preserved_filters(self, request: Any) -> str:
        """Return the list's query string, to come back to it later."""
        match = request.resolver_match
        if not self.preserve_filters or not match:
            return ""
        changelist = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        if f"{match.app_name}:{match.url_name}" == changelist:
            preserved = request.GET.urlencode()
        else:
            preserved = request.GET.get("_changelist_filters")
        return urlencode({"_changelist_filters": preserved}) if preserved else ""

    @staticmethod
    def _checkbox_label(obj: Any) -> Any:
        return format_html(_("Select this object for an action - {}"), obj)

    def action_checkbox(self, obj: Any) -> Any:
        """The column with the checkboxes of the actions."""
        attrs = {"class": "action-select", "aria-label": self._checkbox_label(obj)}
        return forms.CheckboxInput(attrs, lambda value: False).render(helpers.ACTION_CHECKBOX_NAME, str(obj.pk))

    action_checkbox.short_description = ""  # type: ignore[attr-defined]  # the template puts a checkbox there

    # Actions

    def _get_base_actions(self, action_location: ActionLocation = ActionLocation.CHANGE_LIST) -> list[Action]:
        """Return the actions of the model and of the site, without looking at permissions."""
        found = [self.get_action(action, action_location) for action in self.actions or []]
        own = [action for action in found if action]
        own_names = {action.name for action in own}
        site_wide = [
            self._make_action(func, name)
            for name, func in self.admin_site.actions
            # An action of the model replaces one of the site.
            if name not in own_names
        ]
        return [action for action in [*site_wide, *own] if action_location in action.locations]

    @staticmethod
    def _make_action(func: Any, name: str) -> Action:
        description = getattr(func, "short_description", None) or capfirst(name.replace("_", " "))
        locations = getattr(func, "locations", None) or [ActionLocation.CHANGE_LIST]
        return Action(func, name, description, getattr(func, "plural_description", None), list(locations))

    def _permitted_actions(self, request: Any, actions: list[Action]) -> Iterator[Action]:
        for action in actions:
            wanted = getattr(action.func, "allowed_permissions", None)
            if wanted is None or any(getattr(self, f"has_{name}_permission")(request) for name in wanted):
                yield action

    def get_actions(
        self, request: Any, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Action]:
        """Return the actions the user may run, by name; none in popups."""
        if self.actions is None or IS_POPUP_VAR in request.GET:
            return {}
        actions = self._permitted_actions(request, self._get_base_actions(action_location))
        return {action.name: action for action in actions}

    def actions_at(self, request: Any, action_location: ActionLocation) -> dict[str, Any]:
        """Return the actions of a place; of an admin whose `get_actions()` knows no places, those of the list."""
        if _takes_location(self.get_actions, self.__class__.get_actions, "get_actions(self, request, "):
            return self.get_actions(request, action_location=action_location)
        return self.get_actions(request) if action_location is ActionLocation.CHANGE_LIST else {}

    def get_action_choices(
        self,
        request: Any,
        default_choices: Any = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> list[tuple[str, str]]:
        """Return names and texts of the actions the user may run."""
        default = default_choices if default_choices is not None else [("", get_blank_choice_label())]
        choices = [*default]
        names = model_format_dict(self.opts)
        for name, action in self.actions_at(request, action_location).items():
            choices.append((name, _action_text(action, action_location) % names))
        return choices

    def action_choices_at(self, request: Any, action_location: ActionLocation) -> Any:
        """Return the choices of a place."""
        signature = "get_action_choices(self, request, default_choices=None, "
        if _takes_location(self.get_action_choices, self.__class__.get_action_choices, signature):
            return self.get_action_choices(request, action_location=action_location)
        return self.get_action_choices(request)

    def get_action(self, action: Any, action_location: ActionLocation = ActionLocation.CHANGE_LIST) -> Action | None:
        """Return an action by callable, by name of a method, or by name of an action of the site."""
        if callable(action):
            return self._make_action(action, action.__name__)
        if hasattr(self.__class__, action):
            return self._make_action(getattr(self.__class__, action), action)
        try:
            return self._make_action(self.admin_site.get_action(action), action)
        except KeyError:
            return None

    def response_action(
        self, request: Any, queryset: Any, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> Any:
        """Run the submitted action; return its response, or None if there is nothing to run."""
        return list_page.run_action(self, request, queryset, action_location)

    # Saving, deleting, logging

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> Any:
        """Return the object with a key; None if there is none."""
        queryset = self.get_queryset(request)
        field = queryset.model._meta.pk if from_field is None else queryset.model._meta.get_field(from_field)
        try:
            return queryset.get(**{field.name: field.to_python(object_id)})
        except (queryset.model.DoesNotExist, ValidationError, ValueError):
            return None

    def log_addition(self, request: Any, obj: Any, message: Any) -> Any:
        """Log that an object was added."""
        return self._log(request, [obj], "ADDITION", message, single_object=True)

    def log_change(self, request: Any, obj: Any, message: Any) -> Any:
        """Log that an object was changed."""
        return self._log(request, [obj], "CHANGE", message, single_object=True)

    def log_deletions(self, request: Any, queryset: Any) -> Any:
        """Log that objects are deleted; called before they are."""
        return self._log(request, queryset, "DELETION", "")

    @staticmethod
    def _log(request: Any, objs: Any, flag: str, message: Any, **options: Any) -> Any:
        from hotclub.contrib.admin import models as log  # noqa: PLC0415  # models load after the registry of admins

        return log.LogEntry.objects.log_actions(
            user_id=request.user.pk,
            queryset=objs,
            action_flag=getattr(log, flag),
            change_message=message,
            **options,
        )

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        """Return what was changed, for the log."""
        return construct_change_message(form, formsets, add)

    def message_user(
        self, request: Any, message: Any, level: Any = messages.INFO, extra_tags: str = "", fail_silently: bool = False
    ) -> None:
        """Show the user a message with the next page.

        Raises:
            ValueError: the level is unknown.
        """
        if not isinstance(level, int):
            try:
                level = getattr(constants, level.upper())
            except AttributeError as error:
                levels = ", ".join(f"`{name}`" for name in constants.DEFAULT_TAGS.values())
                raise ValueError(f"Bad message level string: `{level}`. Possible values are: {levels}") from error
        messages.add_message(request, level, message, extra_tags=extra_tags, fail_silently=fail_silently)

    def save_form(self, request: Any, form: Any, change: bool) -> Any:
        """Return the object of a valid form, not yet saved."""
        return form.save(commit=False)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Save an object."""
        obj.save()

    def delete_model(self, request: Any, obj: Any) -> None:
        """Delete an object."""
        obj.delete()

    def delete_queryset(self, request: Any, queryset: Any) -> None:
        """Delete the objects of a queryset."""
        queryset.delete()

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        """Save the rows of an inline."""
        formset.save()

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Save what hangs on an object that has been saved: many-to-many values and inlines."""
        form.save_m2m()
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def get_deleted_objects(self, objs: Any, request: Any) -> Any:
        """Return what would be deleted with some objects; see `utils.get_deleted_objects`."""
        return get_deleted_objects(objs, request, self.admin_site)

    # Pages

    def render_change_form(
        self,
        request: Any,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        """Return the response with the form of an object."""
        return object_pages.render_change_form(self, request, context, add, change, form_url, obj)

    def render_delete_form(self, request: Any, context: dict[str, Any]) -> Any:
        """Return the response that asks for confirmation."""
        opts = self.opts
        request.current_app = self.admin_site.name
        context.update(to_field_var="_to_field", is_popup_var=IS_POPUP_VAR, media=self.media)
        return TemplateResponse(
            request,
            self.delete_confirmation_template
            or [
                f"admin/{opts.app_label}/{opts.model_name}/delete_confirmation.html",
                f"admin/{opts.app_label}/delete_confirmation.html",
                "admin/delete_confirmation.html",
            ],
            context,
        )

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> Any:
        """Return the response after an object was added."""
        return responses.after_add(self, request, obj, post_url_continue)

    def response_change(self, request: Any, obj: Any) -> Any:
        """Return the response after an object was changed."""
        return responses.after_change(self, request, obj)

    def response_post_save_add(self, request: Any, obj: Any) -> Any:
        """Return where to go when "Save" was pressed for a new object."""
        return responses.to_list_or_index(self, request)

    def response_post_save_change(self, request: Any, obj: Any) -> Any:
        """Return where to go when "Save" was pressed."""
        return responses.to_list_or_index(self, request)

    def response_delete(self, request: Any, obj_display: str, obj_id: Any) -> Any:
        """Return the response after an object was deleted."""
        return responses.after_delete(self, request, obj_display, obj_id)

    @csrf_protect_m
    def changeform_view(
        self, request: Any, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The page of one object, new or not."""
        return object_pages.change_page(self, request, object_id, form_url, extra_context)

    def add_view(self, request: Any, form_url: str = "", extra_context: Any = None) -> Any:
        """The page for a new object."""
        return self.changeform_view(request, None, form_url, extra_context)

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The page for changing an object."""
        return self.changeform_view(request, object_id, form_url, extra_context)

    @csrf_protect_m
    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        """The list of objects."""
        return list_page.list_page(self, request, extra_context)

    @csrf_protect_m
    def delete_view(self, request: Any, object_id: str, extra_context: Any = None) -> Any:
        """The page that deletes an object."""
        return object_pages.delete_page(self, request, object_id, extra_context)

    def history_view(self, request: Any, object_id: str, extra_context: Any = None) -> Any:
        """The page with what was done to an object."""
        return object_pages.history_page(self, request, object_id, extra_context)


ModelAdmin.__module__ = "hotclub.contrib.admin.options"


def _takes_location(bound: Any, function: Any, signature: str) -> bool:
    """Return whether an overridden method knows the place of an action; else warn, pointing at the override."""
    if "action_location" in inspect.signature(bound).parameters:
        return True
    name = signature.partition("(")[0]
    _warn_at(
        function,
        f"Overriding {name}() without the 'action_location' parameter is deprecated. Update the signature to "
        f"{signature}action_location=ActionLocation.CHANGE_LIST).",
    )
    return False


def _warn_at(function: Any, message: str) -> None:
    """Warn of a deprecation where a function was written, not where the framework calls it."""
    code = inspect.unwrap(function).__code__
    warnings.warn_explicit(message, RemovedInDjango2028Warning, filename=code.co_filename, lineno=code.co_firstlineno)


def _action_text(action: Any, action_location: ActionLocation) -> str:
    if isinstance(action, Action):
        if action_location is ActionLocation.CHANGE_LIST and action.plural_description:
            return str(action.plural_description)
        return str(action.description)
    # A tuple, as overridden methods may give.
    return str(action[2])


_SEARCH_PREFIXES = {"^": "istartswith", "=": "iexact", "@": "search"}


def _search_lookup(opts: Any, name: str) -> str:
    """Return the lookup of a search field: what its prefix says, what it says itself, or `icontains`."""
    if name and name[0] in _SEARCH_PREFIXES:
        return f"{name[1:]}__{_SEARCH_PREFIXES[name[0]]}"
    previous: Any = None
    for part in name.split(LOOKUP_SEP):
        if part == "pk":
            part = opts.pk.name
        try:
            field = opts.get_field(part)
        except FieldDoesNotExist:
            # A lookup or a transform of the field before.
            if previous is not None and (previous.get_lookup(part) or previous.get_transform(part)):
                return name
            break
        previous = field
        if hasattr(field, "path_infos"):
            opts = field.path_infos[-1].to_opts
    return f"{name}__icontains"


_BOOLEAN_WORDS = {"true": True, "1": True, "false": False, "0": False, "none": None}


def _condition(opts: Any, lookup: str, word: str) -> tuple[str, Any] | None:
    """Return a search condition; None if the word cannot be a value of the field: "x" is no number, and no error."""
    if not lookup.endswith("__exact"):
        return lookup, word
    field = _last_field(opts, lookup.split(LOOKUP_SEP)[:-1])
    if field is None or not isinstance(field, models.Field):
        return lookup, word
    if isinstance(field, models.BooleanField):
        value = _BOOLEAN_WORDS.get(word.lower(), word)
        if value is None and field.null:
            return f"{lookup.removesuffix('__exact')}__isnull", True
        return (lookup, value) if isinstance(value, bool) else None
    try:
        field.to_python(word)
    except ValidationError:
        return None
    return lookup, word


def _last_field(opts: Any, names: list[str]) -> Any:
    field: Any = None
    for name in names:
        try:
            field = opts.get_field(opts.pk.name if name == "pk" else name)
        except FieldDoesNotExist:
            return None
        if hasattr(field, "path_infos"):
            opts = field.path_infos[-1].to_opts
    return field


bases["ModelAdmin"] = ModelAdmin
