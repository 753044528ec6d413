"""Views for logging in and out, and for passwords.

Each is an `AuthPage`: a generic view with guards (decorators) around it and a context that names the page.

Source: docs topics/auth/default, "Authentication views".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from hotclub.conf import settings
from hotclub.contrib.auth import REDIRECT_FIELD_NAME, get_user_model, update_session_auth_hash
from hotclub.contrib.auth import login as auth_login
from hotclub.contrib.auth import logout as auth_logout
from hotclub.contrib.auth.decorators import login_not_required, login_required
from hotclub.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm, SetPasswordForm
from hotclub.contrib.auth.redirects import redirect_to_login
from hotclub.contrib.auth.tokens import default_token_generator
from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.exceptions import ImproperlyConfigured, ValidationError
from hotclub.http import HttpResponseRedirect
from hotclub.shortcuts import resolve_url
from hotclub.urls import reverse_lazy
from hotclub.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from hotclub.utils.translation import gettext_lazy as _
from hotclub.views.decorators.cache import never_cache
from hotclub.views.decorators.csrf import csrf_protect
from hotclub.views.decorators.debug import sensitive_post_parameters
from hotclub.views.generic.base import TemplateView
from hotclub.views.generic.edit import FormView

INTERNAL_RESET_SESSION_TOKEN = "_password_reset_token"
"""Where the session keeps the token of a password reset between the link and the form."""

__all__ = [
    "INTERNAL_RESET_SESSION_TOKEN", "LoginView", "LogoutView", "PasswordChangeDoneView", "PasswordChangeView",
    "PasswordResetCompleteView", "PasswordResetConfirmView", "PasswordResetDoneView", "PasswordResetView",
    "RedirectURLMixin", "logout_then_login", "redirect_to_login",
]  # fmt: skip

_hides_fields = sensitive_post_parameters()


class AuthPage:
    """What the pages have in common; stands in front of a generic view.

    Attributes:
        guards: decorators around the view, the outermost first.
        title: heading of the page; None leaves it to the template.
        names_site: whether the template is told the site.
        extra_context: more for the template; it goes over what the page says.
    """

    guards: ClassVar[Sequence[Callable[[Any], Any]]] = ()
    title: Any = None
    names_site = False
    extra_context: Any = None
    request: Any

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)  # type: ignore[misc]  # the generic view's
        for guard in reversed(cls.guards):
            view = guard(view)
        return view

    def about_page(self) -> dict[str, Any]:
        """Return what the template learns of the page itself."""
        told: dict[str, Any] = {} if self.title is None else {"title": self.title, "subtitle": None}
        if self.names_site:
            site = get_current_site(self.request)
            told |= {"site": site, "site_name": site.name}
        return told

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # the generic view's
        return {**context, **self.about_page(), **(self.extra_context or {})}


class RedirectURLMixin:
    """Finds where to go next: what the request asks for, if it stays on this host, else a default.

    Attributes:
        next_page: the default: a URL or the name of one.
        redirect_field_name: name of the parameter by which a request asks.
        success_url_allowed_hosts: further hosts that may be gone to.
    """

    next_page: Any = None
    redirect_field_name = REDIRECT_FIELD_NAME
    success_url_allowed_hosts: set[str] = set()
    request: Any

    def get_success_url(self) -> Any:
        """Return where to go next."""
        return self.get_redirect_url() or self.get_default_redirect_url()

    def get_redirect_url(self, request: Any = None) -> str:
        """Return what the request asks for; nothing, if that would lead elsewhere."""
        asking = request or self.request
        wish: str = asking.POST.get(self.redirect_field_name, asking.GET.get(self.redirect_field_name, ""))
        hosts = self.get_success_url_allowed_hosts(asking)
        stays = url_has_allowed_host_and_scheme(wish, allowed_hosts=hosts, require_https=asking.is_secure())
        return wish if stays else ""

    def get_success_url_allowed_hosts(self, request: Any = None) -> set[str]:
        """Return the hosts that may be gone to."""
        return self.success_url_allowed_hosts | {(request or self.request).get_host()}

    def get_default_redirect_url(self) -> str:
        """Return where to go if nothing is asked for."""
        if not self.next_page:
            raise ImproperlyConfigured("No URL to redirect to. Provide a next_page.")
        return str(resolve_url(self.next_page))


class LoginView(AuthPage, RedirectURLMixin, FormView):
    """Shows the form and logs in."""

    guards = (login_not_required, _hides_fields, csrf_protect, never_cache)
    names_site = True
    form_class = AuthenticationForm
    authentication_form: Any = None
    template_name = "registration/login.html"
    redirect_authenticated_user = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not (self.redirect_authenticated_user and request.user.is_authenticated):
            return super().dispatch(request, *args, **kwargs)
        onwards = self.get_success_url()
        if onwards == request.path:
            raise ValueError(
                "Redirection loop for authenticated user detected. Check that your LOGIN_REDIRECT_URL doesn't point to a "
                "login page."
            )
        return HttpResponseRedirect(onwards)

    def get_default_redirect_url(self) -> str:
        return str(resolve_url(self.next_page or settings.LOGIN_REDIRECT_URL))

    def get_form_class(self) -> Any:
        return self.authentication_form or self.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> Any:
        auth_login(self.request, form.get_user())
        return HttpResponseRedirect(self.get_success_url())

    def about_page(self) -> dict[str, Any]:
        return {**super().about_page(), self.redirect_field_name: self.get_redirect_url()}


class LogoutView(AuthPage, RedirectURLMixin, TemplateView):
    """Logs out, on POST."""

    guards = (csrf_protect, never_cache)
    names_site = True
    title = _("Logged out")
    http_method_names = ["post", "options"]
    template_name = "registration/logged_out.html"

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Log out, and go on or say so."""
        auth_logout(request)
        onwards = self.get_success_url()
        if onwards == request.get_full_path():
            return self.render_to_response(self.get_context_data(**kwargs))
        return HttpResponseRedirect(onwards)

    def get_default_redirect_url(self) -> str:
        wanted = self.next_page or settings.LOGOUT_REDIRECT_URL
        return str(resolve_url(wanted) if wanted else self.request.path)


def logout_then_login(request: Any, login_url: Any = None) -> Any:
    """Log out, and go to the page for logging in."""
    return LogoutView.as_view(next_page=resolve_url(login_url or settings.LOGIN_URL))(request)


class PasswordResetView(AuthPage, FormView):
    """Asks for the address and sends the link."""

    guards = (login_not_required, csrf_protect)
    title = _("Password reset")
    email_template_name = "registration/password_reset_email.html"
    extra_email_context: Any = None
    form_class = PasswordResetForm
    from_email: Any = None
    html_email_template_name: str | None = None
    subject_template_name = "registration/password_reset_subject.txt"
    success_url: Any = reverse_lazy("password_reset_done")
    template_name = "registration/password_reset_form.html"
    token_generator = default_token_generator

    _for_the_mail = (
        "token_generator",
        "from_email",
        "email_template_name",
        "subject_template_name",
        "html_email_template_name",
        "extra_email_context",
    )

    def form_valid(self, form: Any) -> Any:
        wishes = {name: getattr(self, name) for name in self._for_the_mail}
        form.save(request=self.request, use_https=self.request.is_secure(), **wishes)
        return super().form_valid(form)


class PasswordResetDoneView(AuthPage, TemplateView):
    """Says that the link is under way."""

    guards = (login_not_required,)
    title = _("Password reset sent")
    template_name = "registration/password_reset_done.html"


class PasswordResetConfirmView(AuthPage, FormView):
    """Shows the form for the new password to whoever has the link.

    The token of the link moves into the session, and the browser to a URL without it: the next page would else learn it
    as the referrer.
    """

    guards = (login_not_required, _hides_fields, never_cache)
    title = _("Enter new password")
    form_class = SetPasswordForm
    post_reset_login = False
    post_reset_login_backend: Any = None
    reset_url_token = "set-password"
    success_url: Any = reverse_lazy("password_reset_complete")
    template_name = "registration/password_reset_confirm.html"
    token_generator = default_token_generator
    user: Any = None
    validlink = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not {"uidb64", "token"} <= kwargs.keys():
            raise ImproperlyConfigured("The URL path must contain 'uidb64' and 'token' parameters.")
        token = kwargs["token"]
        moved = token == self.reset_url_token
        self.user = self.get_user(kwargs["uidb64"])
        if not self._token_fits(request.session.get(INTERNAL_RESET_SESSION_TOKEN) if moved else token):
            return self.render_to_response(self.get_context_data())
        if not moved:
            request.session[INTERNAL_RESET_SESSION_TOKEN] = token
            return HttpResponseRedirect(request.path.replace(token, self.reset_url_token))
        self.validlink = True
        return super().dispatch(request, *args, **kwargs)

    def _token_fits(self, token: Any) -> bool:
        return self.user is not None and bool(self.token_generator.check_token(self.user, token))

    def get_user(self, uidb64: str) -> Any:
        """Return the user of an encoded id; None if there is none."""
        users = get_user_model()
        try:
            key = users._meta.pk.to_python(urlsafe_base64_decode(uidb64).decode())
            return users._default_manager.get(pk=key)
        except (users.DoesNotExist, ValidationError, TypeError, ValueError, OverflowError):
            return None

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: Any) -> Any:
        user = form.save()
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        if self.post_reset_login:
            auth_login(self.request, user, self.post_reset_login_backend)
        return super().form_valid(form)

    def about_page(self) -> dict[str, Any]:
        told = {**super().about_page(), "validlink": self.validlink}
        return told if self.validlink else {**told, "form": None, "title": _("Password reset unsuccessful")}


class PasswordResetCompleteView(AuthPage, TemplateView):
    """Says that the new password is set."""

    guards = (login_not_required,)
    title = _("Password reset complete")
    template_name = "registration/password_reset_complete.html"

    def about_page(self) -> dict[str, Any]:
        return {**super().about_page(), "login_url": resolve_url(settings.LOGIN_URL)}


class PasswordChangeView(AuthPage, FormView):
    """Shows the form for changing one's password."""

    guards = (_hides_fields, csrf_protect, login_required)
    title = _("Password change")
    form_class = PasswordChangeForm
    success_url: Any = reverse_lazy("password_change_done")
    template_name = "registration/password_change_form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: Any) -> Any:
        form.save()
        # All other sessions of the user end.
        update_session_auth_hash(self.request, form.user)
        return super().form_valid(form)


class PasswordChangeDoneView(AuthPage, TemplateView):
    """Says that the password is changed."""

    guards = (login_required,)
    title = _("Password change successful")
    template_name = "registration/password_change_done.html"
