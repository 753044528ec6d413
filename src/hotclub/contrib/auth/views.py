"""Views for logging in and out, and for passwords."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hotclub.conf import settings
from hotclub.contrib.auth import REDIRECT_FIELD_NAME, get_user_model, update_session_auth_hash
from hotclub.contrib.auth import login as auth_login
from hotclub.contrib.auth import logout as auth_logout
from hotclub.contrib.auth.decorators import login_not_required, login_required
from hotclub.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm, SetPasswordForm
from hotclub.contrib.auth.tokens import default_token_generator
from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.exceptions import ImproperlyConfigured, ValidationError
from hotclub.http import HttpResponseRedirect, QueryDict
from hotclub.shortcuts import resolve_url
from hotclub.urls import reverse_lazy
from hotclub.utils.decorators import method_decorator
from hotclub.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from hotclub.utils.translation import gettext_lazy as _
from hotclub.views.decorators.cache import never_cache
from hotclub.views.decorators.csrf import csrf_protect
from hotclub.views.decorators.debug import sensitive_post_parameters
from hotclub.views.generic.base import TemplateView
from hotclub.views.generic.edit import FormView

INTERNAL_RESET_SESSION_TOKEN = "_password_reset_token"


class RedirectURLMixin:
    """Finds where to go next: what the request asks for, if it stays on this host, else a default."""

    next_page: Any = None
    redirect_field_name = REDIRECT_FIELD_NAME
    success_url_allowed_hosts: set[str] = set()
    request: Any

    def get_success_url(self) -> Any:
        """Return where to go next."""
        return self.get_redirect_url() or self.get_default_redirect_url()

    def get_redirect_url(self, request: Any = None) -> str:
        """Return what the request asks for; nothing, if that would lead elsewhere."""
        request = request or self.request
        target = request.POST.get(self.redirect_field_name, request.GET.get(self.redirect_field_name, ""))
        allowed = url_has_allowed_host_and_scheme(
            url=target, allowed_hosts=self.get_success_url_allowed_hosts(request), require_https=request.is_secure()
        )
        return target if allowed else ""

    def get_success_url_allowed_hosts(self, request: Any = None) -> set[str]:
        """Return the hosts that may be gone to."""
        return {(request or self.request).get_host(), *self.success_url_allowed_hosts}

    def get_default_redirect_url(self) -> str:
        """Return where to go if nothing is asked for."""
        if self.next_page:
            return str(resolve_url(self.next_page))
        raise ImproperlyConfigured("No URL to redirect to. Provide a next_page.")


@method_decorator(login_not_required, name="dispatch")
class LoginView(RedirectURLMixin, FormView):
    """Shows the form and logs in."""

    form_class = AuthenticationForm
    authentication_form: Any = None
    template_name = "registration/login.html"
    redirect_authenticated_user = False
    extra_context: Any = None

    @method_decorator(sensitive_post_parameters())
    @method_decorator(csrf_protect)
    @method_decorator(never_cache)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if self.redirect_authenticated_user and self.request.user.is_authenticated:
            redirect_to = self.get_success_url()
            if redirect_to == self.request.path:
                raise ValueError(
                    "Redirection loop for authenticated user detected. Check that your LOGIN_REDIRECT_URL doesn't point to "
                    "a login page."
                )
            return HttpResponseRedirect(redirect_to)
        return super().dispatch(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        return str(resolve_url(self.next_page or settings.LOGIN_REDIRECT_URL))

    def get_form_class(self) -> Any:
        return self.authentication_form or self.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> Any:
        auth_login(self.request, form.get_user())
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        site = get_current_site(self.request)
        context.update(
            {
                self.redirect_field_name: self.get_redirect_url(),
                "site": site,
                "site_name": site.name,
                **(self.extra_context or {}),
            }
        )
        return context


class LogoutView(RedirectURLMixin, TemplateView):
    """Logs out, on POST."""

    http_method_names = ["post", "options"]
    template_name = "registration/logged_out.html"
    extra_context: Any = None

    @method_decorator(csrf_protect)
    @method_decorator(never_cache)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Log out, and go on or say so."""
        auth_logout(request)
        redirect_to = self.get_success_url()
        if redirect_to != request.get_full_path():
            return HttpResponseRedirect(redirect_to)
        return super().get(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        if self.next_page:
            return str(resolve_url(self.next_page))
        if settings.LOGOUT_REDIRECT_URL:
            return str(resolve_url(settings.LOGOUT_REDIRECT_URL))
        return str(self.request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        site = get_current_site(self.request)
        context.update(
            {
                "site": site,
                "site_name": site.name,
                "title": _("Logged out"),
                "subtitle": None,
                **(self.extra_context or {}),
            }
        )
        return context


def logout_then_login(request: Any, login_url: Any = None) -> Any:
    """Log out, and go to the page for logging in."""
    return LogoutView.as_view(next_page=resolve_url(login_url or settings.LOGIN_URL))(request)


def redirect_to_login(next: str, login_url: Any = None, redirect_field_name: str | None = REDIRECT_FIELD_NAME) -> Any:
    """Return the redirect to the page for logging in, with the way back.

    Args:
        next: where to come back to.
        login_url: that page; `LOGIN_URL`, if None.
        redirect_field_name: name of the query parameter; none is added, if None.
    """
    parts = list(urlsplit(resolve_url(login_url or settings.LOGIN_URL)))
    if redirect_field_name:
        query = QueryDict(parts[3], mutable=True)
        query[redirect_field_name] = next
        parts[3] = query.urlencode(safe="/")
    return HttpResponseRedirect(urlunsplit(parts))


class PasswordContextMixin:
    """Adds the title to the context."""

    extra_context: Any = None
    title: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # the view's
        context.update({"title": self.title, "subtitle": None, **(self.extra_context or {})})
        return context


@method_decorator(login_not_required, name="dispatch")
class PasswordResetView(PasswordContextMixin, FormView):
    """Asks for the address and sends the link."""

    email_template_name = "registration/password_reset_email.html"
    extra_email_context: Any = None
    form_class = PasswordResetForm
    from_email: Any = None
    html_email_template_name: str | None = None
    subject_template_name = "registration/password_reset_subject.txt"
    success_url: Any = reverse_lazy("password_reset_done")
    template_name = "registration/password_reset_form.html"
    title = _("Password reset")
    token_generator = default_token_generator

    @method_decorator(csrf_protect)
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(*args, **kwargs)

    def form_valid(self, form: Any) -> Any:
        form.save(
            use_https=self.request.is_secure(),
            token_generator=self.token_generator,
            from_email=self.from_email,
            email_template_name=self.email_template_name,
            subject_template_name=self.subject_template_name,
            request=self.request,
            html_email_template_name=self.html_email_template_name,
            extra_email_context=self.extra_email_context,
        )
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class PasswordResetDoneView(PasswordContextMixin, TemplateView):
    """Says that the link is under way."""

    template_name = "registration/password_reset_done.html"
    title = _("Password reset sent")


@method_decorator(login_not_required, name="dispatch")
class PasswordResetConfirmView(PasswordContextMixin, FormView):
    """Shows the form for the new password to whoever has the link."""

    form_class = SetPasswordForm
    post_reset_login = False
    post_reset_login_backend: Any = None
    reset_url_token = "set-password"
    success_url: Any = reverse_lazy("password_reset_complete")
    template_name = "registration/password_reset_confirm.html"
    title = _("Enter new password")
    token_generator = default_token_generator

    @method_decorator(sensitive_post_parameters())
    @method_decorator(never_cache)
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        if "uidb64" not in kwargs or "token" not in kwargs:
            raise ImproperlyConfigured("The URL path must contain 'uidb64' and 'token' parameters.")
        self.validlink = False
        self.user = self.get_user(kwargs["uidb64"])
        if self.user is not None:
            token = kwargs["token"]
            if token == self.reset_url_token:
                session_token = self.request.session.get(INTERNAL_RESET_SESSION_TOKEN)
                if self.token_generator.check_token(self.user, session_token):
                    self.validlink = True
                    return super().dispatch(*args, **kwargs)
            elif self.token_generator.check_token(self.user, token):
                # Into the session and out of the URL, where the next page would find it as the referrer.
                self.request.session[INTERNAL_RESET_SESSION_TOKEN] = token
                return HttpResponseRedirect(self.request.path.replace(token, self.reset_url_token))
        return self.render_to_response(self.get_context_data())

    def get_user(self, uidb64: str) -> Any:
        """Return the user of an encoded id; None if there is none."""
        model = get_user_model()
        try:
            pk = model._meta.pk.to_python(urlsafe_base64_decode(uidb64).decode())
            return model._default_manager.get(pk=pk)
        except (TypeError, ValueError, OverflowError, model.DoesNotExist, ValidationError):
            return None

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: Any) -> Any:
        user = form.save()
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        if self.post_reset_login:
            auth_login(self.request, user, self.post_reset_login_backend)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.validlink:
            context["validlink"] = True
        else:
            context.update({"form": None, "title": _("Password reset unsuccessful"), "validlink": False})
        return context


@method_decorator(login_not_required, name="dispatch")
class PasswordResetCompleteView(PasswordContextMixin, TemplateView):
    """Says that the new password is set."""

    template_name = "registration/password_reset_complete.html"
    title = _("Password reset complete")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["login_url"] = resolve_url(settings.LOGIN_URL)
        return context


class PasswordChangeView(PasswordContextMixin, FormView):
    """Shows the form for changing one's password."""

    form_class = PasswordChangeForm
    success_url: Any = reverse_lazy("password_change_done")
    template_name = "registration/password_change_form.html"
    title = _("Password change")

    @method_decorator(sensitive_post_parameters())
    @method_decorator(csrf_protect)
    @method_decorator(login_required)
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(*args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: Any) -> Any:
        form.save()
        # All other sessions of the user end.
        update_session_auth_hash(self.request, form.user)
        return super().form_valid(form)


class PasswordChangeDoneView(PasswordContextMixin, TemplateView):
    """Says that the password is changed."""

    template_name = "registration/password_change_done.html"
    title = _("Password change successful")

    @method_decorator(login_required)
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(*args, **kwargs)
