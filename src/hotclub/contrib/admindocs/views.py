"""The pages of the documentation; for staff only."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from hotclub.apps import apps
from hotclub.contrib import admin
from hotclub.contrib.admin.views.decorators import staff_member_required
from hotclub.contrib.admindocs import utils
from hotclub.core.exceptions import ImproperlyConfigured, PermissionDenied, ViewDoesNotExist
from hotclub.db import models
from hotclub.http import Http404
from hotclub.template.engine import Engine
from hotclub.urls import get_resolver, get_urlconf
from hotclub.utils._os import safe_join
from hotclub.utils.decorators import method_decorator
from hotclub.utils.functional import cached_property
from hotclub.utils.inspect import func_accepts_kwargs, func_accepts_var_args, get_func_full_args, method_has_no_args
from hotclub.utils.translation import gettext as _
from hotclub.views.generic import TemplateView

MODEL_METHODS_EXCLUDE = ("_", "add_", "delete", "save", "set_")


class BaseAdminDocsView(TemplateView):
    """Base view for admindocs views."""

    @method_decorator(staff_member_required)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not utils.docutils_is_available:
            # The pages are made of docstrings; without docutils there is one that says so.
            self.template_name = "admin_doc/missing_docutils.html"
            return self.render_to_response(admin.site.each_context(request))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**{**kwargs, **admin.site.each_context(self.request)})
        return context


class BookmarkletsView(BaseAdminDocsView):
    """Bookmarklets for browsers."""

    template_name = "admin_doc/bookmarklets.html"


def _documented(name: str, obj: Any, kind: str) -> dict[str, Any]:
    title, body, metadata = utils.parse_docstring(obj.__doc__)
    return {
        "name": name,
        "title": title and utils.parse_rst(title, kind, f"{kind}:{name}"),
        "body": body and utils.parse_rst(body, kind, f"{kind}:{name}"),
        "meta": {key: utils.parse_rst(value, kind, f"{kind}:{name}") for key, value in metadata.items()},
    }


class _LibraryView(BaseAdminDocsView):
    kind = ""

    def _entries(self) -> list[dict[str, Any]]:
        try:
            engine = Engine.get_default()
        except ImproperlyConfigured:
            # Several engines: none of them is the one to document.
            return []
        libraries = [("", library) for library in engine.template_builtins]
        libraries += sorted(engine.template_libraries.items())
        entries = []
        for module_name, library in libraries:
            for name, function in getattr(library, f"{self.kind}s").items():
                entries.append({**_documented(name, function, self.kind), "library": module_name.split(".")[-1]})
        return entries

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**kwargs, f"{self.kind}s": self._entries()})


class TemplateTagIndexView(_LibraryView):
    """All template tags."""

    template_name = "admin_doc/template_tag_index.html"
    kind = "tag"


class TemplateFilterIndexView(_LibraryView):
    """All template filters."""

    template_name = "admin_doc/template_filter_index.html"
    kind = "filter"


class ViewIndexView(BaseAdminDocsView):
    """All views, by namespace."""

    template_name = "admin_doc/view_index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = []
        url_patterns = get_resolver(get_urlconf()).url_patterns
        for view, regex, namespace, name in extract_views_from_urlpatterns(url_patterns):
            found.append(
                {
                    "full_name": utils.get_view_name(view),
                    "url": simplify_regex(regex),
                    "url_name": ":".join([*(namespace or []), *([name] if name else [])]),
                    "namespace": ":".join(namespace or []),
                    "name": name,
                }
            )
        return super().get_context_data(**{**kwargs, "views": found})


class ViewDetailView(BaseAdminDocsView):
    """One view."""

    template_name = "admin_doc/view_detail.html"

    @staticmethod
    def _get_view_func(view: str) -> Any:
        # Only views that some URL leads to are looked at: the name comes from the URL.
        for func, *_rest in extract_views_from_urlpatterns(get_resolver(get_urlconf()).url_patterns):
            if utils.get_view_name(func) == view:
                return getattr(func, "view_class", func)
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        view = self.kwargs["view"]
        func = self._get_view_func(view)
        if func is None:
            raise Http404
        documented = _documented(view, func, "view")
        return super().get_context_data(
            **{
                **kwargs,
                "name": view,
                "summary": documented["title"],
                "body": documented["body"],
                "meta": documented["meta"],
            }
        )


def user_has_model_view_permission(user: Any, opts: Any) -> bool:
    """Return whether a user may see the documentation of a model: who may view or change its objects."""
    return any(user.has_perm(f"{opts.app_label}.{action}_{opts.model_name}") for action in ("view", "change"))


class ModelIndexView(BaseAdminDocsView):
    """All models the user may see."""

    template_name = "admin_doc/model_index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = [
            model._meta for model in apps.get_models() if user_has_model_view_permission(self.request.user, model._meta)
        ]
        return super().get_context_data(**{**kwargs, "models": found})


class ModelDetailView(BaseAdminDocsView):
    """One model: fields, relations and methods."""

    template_name = "admin_doc/model_detail.html"

    @cached_property
    def model(self) -> Any:
        """The model of the URL; Http404 if there is none."""
        try:
            app_config = apps.get_app_config(self.kwargs["app_label"])
        except LookupError as error:
            raise Http404(_("App %(app_label)r not found") % self.kwargs) from error
        try:
            return app_config.get_model(self.kwargs["model_name"])
        except LookupError as error:
            raise Http404(_("Model %(model_name)r not found in app %(app_label)r") % self.kwargs) from error

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        opts = self.model._meta
        if not user_has_model_view_permission(self.request.user, opts):
            raise PermissionDenied
        title, body, _metadata = utils.parse_docstring(self.model.__doc__)
        fields = [*self._fields(opts), *self._many_to_many(opts)]
        methods = []
        for name, member in inspect.getmembers(self.model):
            if name.startswith(MODEL_METHODS_EXCLUDE):
                continue
            if isinstance(member, cached_property | property):
                fields.append({"name": name, "data_type": get_return_data_type(name), "verbose": _rst(member.__doc__)})
            elif inspect.isfunction(member):
                if method_has_no_args(member) and not func_accepts_kwargs(member) and not func_accepts_var_args(member):
                    fields.append(
                        {"name": name, "data_type": get_return_data_type(name), "verbose": _rst(member.__doc__)}
                    )
                else:
                    methods.append({"name": name, "arguments": _arguments(member), "verbose": _rst(member.__doc__)})
        fields += self._reverse_relations(opts)
        return super().get_context_data(
            **{
                **kwargs,
                "name": opts.label,
                "summary": title and utils.parse_rst(title, "model", f"model:{opts.model_name}"),
                "description": body and utils.parse_rst(body, "model", f"model:{opts.model_name}"),
                "fields": fields,
                "methods": methods,
            }
        )

    @staticmethod
    def _fields(opts: Any) -> list[dict[str, Any]]:
        described = []
        for field in opts.fields:
            if isinstance(field, models.ForeignKey):
                data_type = field.remote_field.model.__name__
                app_label = field.remote_field.model._meta.app_label
                verbose = utils.parse_rst(
                    _("the related `%(app_label)s.%(data_type)s` object")
                    % {"app_label": app_label, "data_type": data_type},
                    "model",
                    f"model:{data_type}",
                )
            else:
                data_type = get_readable_field_data_type(field)
                verbose = field.verbose_name
            described.append(
                {"name": field.name, "data_type": data_type, "verbose": verbose or "", "help_text": field.help_text}
            )
        return described

    @staticmethod
    def _many_to_many(opts: Any) -> list[dict[str, Any]]:
        described: list[dict[str, Any]] = []
        for field in opts.many_to_many:
            related = field.remote_field.model
            described += _list_and_count(field.name, related._meta.app_label, related.__name__)
        return described

    @staticmethod
    def _reverse_relations(opts: Any) -> list[dict[str, Any]]:
        described: list[dict[str, Any]] = []
        for relation in opts.related_objects:
            if accessor := relation.get_accessor_name():
                related = relation.related_model
                described += _list_and_count(accessor, related._meta.app_label, related.__name__)
        return described


def _rst(docstring: str | None) -> Any:
    return docstring and utils.parse_rst(inspect.cleandoc(docstring), "model", _("model:"))


def _list_and_count(name: str, app_label: str, object_name: str) -> list[dict[str, Any]]:
    what = _("related `%(app_label)s.%(object_name)s` objects") % {"app_label": app_label, "object_name": object_name}
    return [
        {"name": f"{name}.all", "data_type": "List", "verbose": utils.parse_rst(_("all %s") % what, "model")},
        {
            "name": f"{name}.count",
            "data_type": "Integer",
            "verbose": utils.parse_rst(_("number of %s") % what, "model"),
        },
    ]


def _arguments(function: Any) -> str:
    shown = []
    for argument in get_func_full_args(function):
        if isinstance(argument, str):
            shown.append(argument)
        elif len(argument) == 1:
            shown.append(argument[0])
        else:
            shown.append(f"{argument[0]}={argument[1]!r}")
    return ", ".join(shown)


class TemplateDetailView(BaseAdminDocsView):
    """One template: where it is looked for, and its source."""

    template_name = "admin_doc/template_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        template = self.kwargs["template"]
        found = []
        try:
            engine = Engine.get_default()
        except ImproperlyConfigured:
            engine = None
        for index, directory in enumerate(engine.dirs if engine else ()):
            # The name comes from the URL: it must not lead out of the folder.
            path = Path(safe_join(directory, template))
            exists = path.exists()
            found.append(
                {
                    "file": path,
                    "exists": exists,
                    "contents": path.read_text(encoding="utf-8") if exists else "",
                    "order": index,
                }
            )
        return super().get_context_data(**{**kwargs, "name": template, "templates": found})


def get_return_data_type(func_name: str) -> str:
    """Return a guess at what a method returns, from its name."""
    if func_name.startswith("get_"):
        if func_name.endswith("_list"):
            return "List"
        if func_name.endswith("_count"):
            return "Integer"
    return ""


def get_readable_field_data_type(field: Any) -> Any:
    """Return the description of a field's type."""
    return field.description % field.__dict__


def extract_views_from_urlpatterns(urlpatterns: Any, base: str = "", namespace: Any = None) -> list[Any]:
    """Return tuples of view, pattern, namespaces and name of all URLs.

    Raises:
        TypeError: something is no URL pattern.
    """
    views: list[Any] = []
    for pattern in urlpatterns:
        if hasattr(pattern, "url_patterns"):
            try:
                patterns = pattern.url_patterns
            except ImportError:
                continue
            inner = [*(namespace or []), pattern.namespace] if pattern.namespace else namespace
            views.extend(extract_views_from_urlpatterns(patterns, base + str(pattern.pattern), inner))
        elif hasattr(pattern, "callback"):
            try:
                views.append((pattern.callback, base + str(pattern.pattern), namespace, pattern.name))
            except ViewDoesNotExist:
                continue
        else:
            raise TypeError(_("%s does not appear to be a urlpattern object") % pattern)
    return views


def simplify_regex(pattern: str) -> str:
    """Return a URL pattern as people read it: `/articles/<year>/`."""
    pattern = utils.remove_non_capturing_groups(pattern)
    pattern = utils.replace_named_groups(pattern)
    pattern = utils.replace_unnamed_groups(pattern)
    pattern = utils.replace_metacharacters(pattern)
    return pattern if pattern.startswith("/") else "/" + pattern
