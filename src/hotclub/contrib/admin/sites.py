"""The admin site: its registry of models, its pages that belong to no model, and who may enter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import update_wrapper
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.contrib.admin import actions
from hotclub.contrib.admin.exceptions import AlreadyRegistered, NotRegistered
from hotclub.contrib.admin.known import all_sites
from hotclub.contrib.admin.model_admin import ModelAdmin
from hotclub.contrib.admin.parameters import EMPTY_VALUE_STRING
from hotclub.contrib.admin.views.autocomplete import AutocompleteJsonView
from hotclub.contrib.auth import REDIRECT_FIELD_NAME
from hotclub.contrib.auth.decorators import login_not_required
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.models.base import ModelBase
from hotclub.http import Http404, HttpResponsePermanentRedirect, HttpResponseRedirect
from hotclub.template.response import TemplateResponse
from hotclub.urls import NoReverseMatch, Resolver404, include, path, re_path, resolve, reverse, reverse_lazy
from hotclub.utils.decorators import method_decorator
from hotclub.utils.functional import LazyObject
from hotclub.utils.http import url_has_allowed_host_and_scheme
from hotclub.utils.module_loading import import_string
from hotclub.utils.text import capfirst
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import gettext_lazy
from hotclub.views.decorators.cache import never_cache
from hotclub.views.decorators.common import no_append_slash
from hotclub.views.decorators.csrf import csrf_protect
from hotclub.views.i18n import JavaScriptCatalog


class AdminSite:
    """A site of model admins.

    Args:
        name: namespace of its URLs.
    """

    # Translators: "%s" is the name of the framework.
    site_title: Any = gettext_lazy("Hotclub site admin")
    site_header: Any = gettext_lazy("Hotclub administration")
    index_title: Any = gettext_lazy("Site administration")
    site_url: Any = "/"
    enable_nav_sidebar = True
    empty_value_display: Any = EMPTY_VALUE_STRING
    login_form: Any = None
    index_template: Any = None
    app_index_template: Any = None
    login_template: Any = None
    logout_template: Any = None
    password_change_form: Any = None
    password_change_template: Any = None
    password_change_done_template: Any = None
    final_catch_all_view = True

    def __init__(self, name: str = "admin") -> None:
        self._registry: dict[Any, Any] = {}
        self.name = name
        self._actions: dict[str, Any] = {"delete_selected": actions.delete_selected}
        self._global_actions = self._actions.copy()
        all_sites.add(self)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(name={self.name!r})"

    def check(self, app_configs: Any) -> list[Any]:
        """Run the checks of all registered admins; of those of some apps, if given."""
        if app_configs is None:
            app_configs = apps.get_app_configs()
        wanted = set(app_configs)
        errors: list[Any] = []
        for modeladmin in self._registry.values():
            if modeladmin.model._meta.app_config in wanted:
                errors.extend(modeladmin.check())
        return errors

    # Registry

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register models.

        Args:
            model_or_iterable: a model or several.
            admin_class: their admin; `ModelAdmin` by default.
            **options: attributes of the admin, instead of a class with them.

        Raises:
            ImproperlyConfigured: a model is abstract or has a composite primary key.
            AlreadyRegistered: a model is registered already.
        """
        admin_class = admin_class or ModelAdmin
        for model in _as_models(model_or_iterable):
            if model._meta.abstract:
                raise ImproperlyConfigured(
                    f"The model {model.__name__} is abstract, so it cannot be registered with admin."
                )
            if model._meta.is_composite_pk:
                raise ImproperlyConfigured(
                    f"The model {model.__name__} has a composite primary key, so it cannot be registered with admin."
                )
            if self.is_registered(model):
                registered = str(self.get_model_admin(model))
                message = f"The model {model.__name__} is already registered "
                if registered.endswith(".ModelAdmin"):
                    message += f"in app {registered.removesuffix('.ModelAdmin')!r}."
                else:
                    message += f"with {registered!r}."
                raise AlreadyRegistered(message)
            # A model that was swapped for another has no table.
            if model._meta.swapped:
                continue
            model_class = admin_class
            if options:
                options["__module__"] = __name__
                model_class = type(f"{model.__name__}Admin", (admin_class,), options)
            self._registry[model] = model_class(model, self)

    def unregister(self, model_or_iterable: Any) -> None:
        """Take models out.

        Raises:
            NotRegistered: a model is not registered.
        """
        for model in _as_models(model_or_iterable):
            if not self.is_registered(model):
                raise NotRegistered(f"The model {model.__name__} is not registered")
            del self._registry[model]

    def is_registered(self, model: Any) -> bool:
        """Return whether a model is registered."""
        return model in self._registry

    def get_model_admin(self, model: Any) -> Any:
        """Return the admin of a model.

        Raises:
            NotRegistered: the model is not registered.
        """
        try:
            return self._registry[model]
        except KeyError as error:
            name = getattr(model, "__name__", model)
            raise NotRegistered(f"The model {name} is not registered.") from error

    # Actions

    def add_action(self, action: Any, name: str | None = None) -> None:
        """Offer an action for all models."""
        key: str = name or action.__name__
        self._actions[key] = action
        self._global_actions[key] = action

    def disable_action(self, name: str) -> None:
        """Stop offering an action; `KeyError` if there is none of that name."""
        del self._actions[name]

    def get_action(self, name: str) -> Any:
        """Return an action by name, disabled or not; `KeyError` if there is none."""
        return self._global_actions[name]

    @property
    def actions(self) -> Iterable[tuple[str, Any]]:
        """Names and functions of the actions for all models."""
        return self._actions.items()

    # Who may enter

    def has_permission(self, request: Any) -> bool:
        """Return whether the user may see any page."""
        return bool(request.user.is_active and request.user.is_staff)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Return a view that asks strangers to log in first.

        Args:
            view: the view.
            cacheable: whether browsers may keep its pages.
        """

        def inner(request: Any, *args: Any, **kwargs: Any) -> Any:
            if self.has_permission(request):
                return view(request, *args, **kwargs)
            if request.path == reverse("admin:logout", current_app=self.name):
                return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
            # Imported late: the login views import models.
            from hotclub.contrib.auth.views import redirect_to_login  # noqa: PLC0415

            return redirect_to_login(request.get_full_path(), reverse("admin:login", current_app=self.name))

        if not cacheable:
            inner = never_cache(inner)
        # A view that says it needs no protection knows why.
        if not getattr(view, "csrf_exempt", False):
            inner = csrf_protect(inner)
        # The site checks by itself: a middleware that asks for login must not send people to another page.
        return login_not_required(update_wrapper(inner, view))

    # URLs

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of the site."""
        from hotclub.contrib.contenttypes import views as contenttype_views  # noqa: PLC0415  # imports models

        def wrap(view: Any, cacheable: bool = False) -> Any:
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return self.admin_view(view, cacheable)(*args, **kwargs)

            wrapper.admin_site = self  # type: ignore[attr-defined]  # tools look at it
            # Where the login middleware would send people.
            wrapper.login_url = reverse_lazy("admin:login", current_app=self.name)  # type: ignore[attr-defined]
            return update_wrapper(wrapper, view)

        patterns: list[Any] = [
            path("", wrap(self.index), name="index"),
            path("login/", self.login, name="login"),
            path("logout/", wrap(self.logout), name="logout"),
            path("password_change/", wrap(self.password_change, cacheable=True), name="password_change"),
            path("password_change/done/", wrap(self.password_change_done, cacheable=True), name="password_change_done"),
            path("autocomplete/", wrap(self.autocomplete_view), name="autocomplete"),
            path("jsi18n/", wrap(self.i18n_javascript, cacheable=True), name="jsi18n"),
            path("r/<path:content_type_id>/<path:object_id>/", wrap(contenttype_views.shortcut), name="view_on_site"),
        ]
        app_labels: list[str] = []
        for model, model_admin in self._registry.items():
            opts = model._meta
            patterns.append(path(f"{opts.app_label}/{opts.model_name}/", include(model_admin.urls)))
            if opts.app_label not in app_labels:
                app_labels.append(opts.app_label)
        if app_labels:
            patterns.append(
                re_path(rf"^(?P<app_label>{'|'.join(app_labels)})/$", wrap(self.app_index), name="app_list")
            )
        if self.final_catch_all_view:
            patterns.append(re_path(r"(?P<url>.*)$", wrap(self.catch_all_view)))
        return patterns

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """What `path()` takes: the patterns, the application namespace and the name of this site."""
        return self.get_urls(), "admin", self.name

    # Pages

    def each_context(self, request: Any) -> dict[str, Any]:
        """Return what the templates of all pages get."""
        script_name = request.META["SCRIPT_NAME"]
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            # Where "View site" leads: below the prefix of the application.
            "site_url": script_name if self.site_url == "/" and script_name else self.site_url,
            "has_permission": self.has_permission(request),
            "available_apps": self.get_app_list(request),
            "is_popup": False,
            "is_nav_sidebar_enabled": self.enable_nav_sidebar,
            "log_entries": self.get_log_entries(request),
        }

    def password_change(self, request: Any, extra_context: Any = None) -> Any:
        """The page for changing one's own password."""
        from hotclub.contrib.admin.forms import AdminPasswordChangeForm  # noqa: PLC0415  # imports models
        from hotclub.contrib.auth.views import PasswordChangeView  # noqa: PLC0415

        defaults = {
            "form_class": self.password_change_form or AdminPasswordChangeForm,
            "success_url": reverse("admin:password_change_done", current_app=self.name),
            "extra_context": {**self.each_context(request), **(extra_context or {})},
        }
        if self.password_change_template is not None:
            defaults["template_name"] = self.password_change_template
        request.current_app = self.name
        return PasswordChangeView.as_view(**defaults)(request)

    def password_change_done(self, request: Any, extra_context: Any = None) -> Any:
        """The page after the password was changed."""
        from hotclub.contrib.auth.views import PasswordChangeDoneView  # noqa: PLC0415  # imports models

        defaults: dict[str, Any] = {"extra_context": {**self.each_context(request), **(extra_context or {})}}
        if self.password_change_done_template is not None:
            defaults["template_name"] = self.password_change_done_template
        request.current_app = self.name
        return PasswordChangeDoneView.as_view(**defaults)(request)

    def i18n_javascript(self, request: Any, extra_context: Any = None) -> Any:
        """The translations of the admin's scripts."""
        return JavaScriptCatalog.as_view(packages=["hotclub.contrib.admin"])(request)

    def logout(self, request: Any, extra_context: Any = None) -> Any:
        """Log out and say goodbye."""
        from hotclub.contrib.auth.views import LogoutView  # noqa: PLC0415  # imports models

        defaults: dict[str, Any] = {
            "extra_context": {
                **self.each_context(request),
                # The user is logged out by now, whatever the request says.
                "has_permission": False,
                **(extra_context or {}),
            }
        }
        if self.logout_template is not None:
            defaults["template_name"] = self.logout_template
        request.current_app = self.name
        return LogoutView.as_view(**defaults)(request)

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: Any, extra_context: Any = None) -> Any:
        """The login page."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(_safe_next(request) or reverse("admin:index", current_app=self.name))
        from hotclub.contrib.admin.forms import AdminAuthenticationForm  # noqa: PLC0415  # imports models
        from hotclub.contrib.auth.views import LoginView  # noqa: PLC0415

        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = reverse("admin:index", current_app=self.name)
        context.update(extra_context or {})
        request.current_app = self.name
        return LoginView.as_view(
            extra_context=context,
            authentication_form=self.login_form or AdminAuthenticationForm,
            template_name=self.login_template or "admin/login.html",
        )(request)

    def autocomplete_view(self, request: Any) -> Any:
        """Answer an autocomplete widget."""
        return AutocompleteJsonView.as_view(admin_site=self)(request)

    @no_append_slash
    def catch_all_view(self, request: Any, url: str) -> Any:
        """Redirect to the page with a slash at the end, if there is one.

        Raises:
            Http404: there is none.
        """
        if settings.APPEND_SLASH and not url.endswith("/"):
            urlconf = getattr(request, "urlconf", None)
            try:
                match = resolve(f"{request.path_info}/", urlconf)
            except Resolver404:
                pass
            else:
                if getattr(match.func, "should_append_slash", True):
                    return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
        raise Http404

    def _model_entry(self, request: Any, model: Any, model_admin: Any) -> dict[str, Any] | None:
        """Return a model as the index shows it; None if the user may see nothing of it."""
        if not model_admin.has_module_permission(request):
            return None
        perms = model_admin.get_model_perms(request)
        if True not in perms.values():
            return None
        opts = model._meta
        names = f"admin:{opts.app_label}_{opts.model_name}"
        entry: dict[str, Any] = {
            "model": model,
            "name": capfirst(opts.verbose_name_plural),
            "object_name": opts.object_name,
            "perms": perms,
            "admin_url": None,
            "add_url": None,
        }
        if perms.get("change") or perms.get("view"):
            entry["view_only"] = not perms.get("change")
            entry["admin_url"] = _reversed(f"{names}_changelist", self.name)
        if perms.get("add"):
            entry["add_url"] = _reversed(f"{names}_add", self.name)
        return entry

    def _build_app_dict(self, request: Any, label: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for model, model_admin in self._registry.items():
            app_label = model._meta.app_label
            if label and app_label != label:
                continue
            entry = self._model_entry(request, model, model_admin)
            if entry is None:
                continue
            if app_label not in found:
                found[app_label] = {
                    "name": apps.get_app_config(app_label).verbose_name,
                    "app_label": app_label,
                    "app_url": reverse("admin:app_list", kwargs={"app_label": app_label}, current_app=self.name),
                    "has_module_perms": True,
                    "models": [],
                }
            found[app_label]["models"].append(entry)
        return found

    def get_app_list(self, request: Any, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return the apps and models the user may see, sorted by name."""
        app_list = sorted(self._build_app_dict(request, app_label).values(), key=lambda app: str(app["name"]).lower())
        for app in app_list:
            app["models"].sort(key=lambda model: str(model["name"]))
        return app_list

    def index(self, request: Any, extra_context: Any = None) -> Any:
        """The first page: all apps and models."""
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "subtitle": None,
            "app_list": self.get_app_list(request),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template or "admin/index.html", context)

    def app_index(self, request: Any, app_label: str, extra_context: Any = None) -> Any:
        """The page of one app.

        Raises:
            Http404: the user may see nothing of it.
        """
        app_list = self.get_app_list(request, app_label)
        if not app_list:
            raise Http404("The requested admin page does not exist.")
        context = {
            **self.each_context(request),
            "title": _("%(app)s administration") % {"app": app_list[0]["name"]},
            "subtitle": None,
            "app_list": app_list,
            "app_label": app_label,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(
            request,
            self.app_index_template or [f"admin/{app_label}/app_index.html", "admin/app_index.html"],
            context,
        )

    def get_log_entries(self, request: Any) -> Any:
        """Return the log entries the index may show."""
        from hotclub.contrib.admin.models import LogEntry  # noqa: PLC0415  # models load after the registry

        return LogEntry.objects.select_related("content_type", "user")


def _as_models(model_or_iterable: Any) -> Any:
    return [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable


def _safe_next(request: Any) -> str | None:
    """Return the page the query string asks for, if it is one of this host."""
    wanted: str | None = request.GET.get(REDIRECT_FIELD_NAME)
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return None


def _reversed(name: str, site_name: str) -> str | None:
    try:
        return str(reverse(name, current_app=site_name))
    except NoReverseMatch:
        return None


class DefaultAdminSite(LazyObject):
    """The site the app configuration names, made when it is first used."""

    def _setup(self) -> None:
        self._wrapped = import_string(getattr(apps.get_app_config("admin"), "default_site"))()  # noqa: B009  # of our own configuration

    def __repr__(self) -> str:
        return repr(self._wrapped)


site: Any = DefaultAdminSite()
