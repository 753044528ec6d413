"""Users and groups in the admin."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.contrib import admin, messages
from hotclub.contrib.admin.helpers import AdminForm
from hotclub.contrib.admin.options import IS_POPUP_VAR
from hotclub.contrib.admin.utils import unquote
from hotclub.contrib.auth import update_session_auth_hash
from hotclub.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from hotclub.contrib.auth.models import Group, User
from hotclub.core.exceptions import PermissionDenied
from hotclub.db import router, transaction
from hotclub.http import Http404, HttpResponseRedirect
from hotclub.template.response import TemplateResponse
from hotclub.urls import path, reverse
from hotclub.utils.decorators import method_decorator
from hotclub.utils.html import escape
from hotclub.utils.translation import gettext
from hotclub.utils.translation import gettext_lazy as _
from hotclub.views.decorators.csrf import csrf_protect
from hotclub.views.decorators.debug import sensitive_post_parameters

csrf_protect_m = method_decorator(csrf_protect)
sensitive_post_parameters_m = method_decorator(sensitive_post_parameters())


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    """Groups and their permissions."""

    search_fields = ("name",)
    ordering = ("name",)
    filter_horizontal = ("permissions",)

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            queryset = kwargs.get("queryset", db_field.remote_field.model.objects)
            # Each permission's name shows its content type.
            kwargs["queryset"] = queryset.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request=request, **kwargs)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Users; passwords are set on a page of their own."""

    add_form_template = "admin/auth/user/add_form.html"
    change_user_password_template: str | None = None
    fieldsets: Any = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets: Any = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2")}),
    )
    form = UserChangeForm
    add_form = AdminUserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display: Any = ("username", "email", "first_name", "last_name", "is_staff")
    list_filter: Any = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields: Any = ("username", "first_name", "last_name", "email")
    ordering: Any = ("username",)
    filter_horizontal: Any = ("groups", "user_permissions")

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        defaults = {} if obj is not None else {"form": self.add_form}
        return super().get_form(request, obj, change, **{**defaults, **kwargs})

    def get_urls(self) -> Any:
        change_password = self.admin_site.admin_view(self.user_change_password)
        return [
            path("<id>/password/", change_password, name="auth_user_password_change"),
            *super().get_urls(),
        ]

    def lookup_allowed(self, lookup: str, value: Any, request: Any) -> bool:
        # Hashes must not be guessed piece by piece.
        return not lookup.startswith("password") and bool(super().lookup_allowed(lookup, value, request))

    @sensitive_post_parameters_m
    @csrf_protect_m
    def add_view(self, request: Any, form_url: str = "", extra_context: Any = None) -> Any:
        if request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            return self._add_view(request, form_url, extra_context)
        with transaction.atomic(using=router.db_for_write(self.model)):
            return self._add_view(request, form_url, extra_context)

    def _add_view(self, request: Any, form_url: str = "", extra_context: Any = None) -> Any:
        # A new user can be changed at once, and be given rights by that: adding takes both permissions.
        if not self.has_change_permission(request):
            if self.has_add_permission(request) and settings.DEBUG:
                raise Http404(
                    'Your user does not have the "Change user" permission. In order to add users, Django requires that '
                    'your user account have both the "Add user" and "Change user" permissions set.'
                )
            raise PermissionDenied
        username_field = self.opts.get_field(self.model.USERNAME_FIELD)
        context = {
            **(extra_context or {}),
            "auto_populated_fields": (),
            "username_help_text": username_field.help_text,
        }
        return super().add_view(request, form_url, context)

    @sensitive_post_parameters_m
    def user_change_password(self, request: Any, id: str, form_url: str = "") -> Any:
        """Show and handle the form for setting a user's password."""
        user = self.get_object(request, unquote(id))
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None:
            raise Http404(
                _("%(name)s object with primary key %(key)r does not exist.")
                % {"name": self.opts.verbose_name, "key": escape(id)}
            )
        if request.method == "POST":
            form = self.change_password_form(user, request.POST)
            if form.is_valid():
                return self._password_changed(request, form, user)
        else:
            form = self.change_password_form(user)
        return self._password_page(request, form, user, form_url)

    def _password_changed(self, request: Any, form: Any, user: Any) -> Any:
        wants_password = form.cleaned_data.get("set_usable_password", True)
        if wants_password == ("unset-password" in request.POST):
            # The choice says one thing and the button another.
            messages.error(request, gettext("Conflicting form data submitted. Please try again."))
            return HttpResponseRedirect(request.path)
        user = form.save()
        self.log_change(request, user, self.construct_change_message(request, form, None))
        if wants_password:
            messages.success(request, gettext("Password changed successfully."))
        else:
            messages.success(request, gettext("Password-based authentication was disabled."))
        update_session_auth_hash(request, form.user)
        options = user._meta
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:{options.app_label}_{options.model_name}_change", args=(user.pk,))
        )

    def _password_page(self, request: Any, form: Any, user: Any, form_url: str) -> Any:
        admin_form = AdminForm(form, [(None, {"fields": list(form.base_fields)})], {})
        title = _("Change password: %s") if user.has_usable_password() else _("Set password: %s")
        context = {
            "title": title % escape(user.get_username()),
            "adminForm": admin_form,
            "form_url": form_url,
            "form": form,
            "is_popup": IS_POPUP_VAR in request.POST or IS_POPUP_VAR in request.GET,
            "is_popup_var": IS_POPUP_VAR,
            "add": True,
            "change": False,
            "has_delete_permission": False,
            "has_change_permission": True,
            "has_absolute_url": False,
            "opts": self.opts,
            "original": user,
            "save_as": False,
            "show_save": True,
            **self.admin_site.each_context(request),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, self.change_user_password_template or "admin/auth/user/change_password.html", context
        )

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> Any:
        # After name and password come the other fields: "Save" means "save and continue" here.
        if "_addanother" not in request.POST and IS_POPUP_VAR not in request.POST:
            request.POST = request.POST.copy()
            request.POST["_continue"] = 1
        return super().response_add(request, obj, post_url_continue)
