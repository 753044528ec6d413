"""Mixins that let only some users reach a class-based view."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.contrib.auth import REDIRECT_FIELD_NAME
from hotclub.contrib.auth.redirects import redirect_from
from hotclub.core.exceptions import ImproperlyConfigured, PermissionDenied


class AccessMixin:
    """What happens to users who may not.

    Attributes:
        login_url: where they log in; `LOGIN_URL`, if None.
        permission_denied_message: text of the error.
        raise_exception: refuse with a 403 instead of a redirect.
        redirect_field_name: name of the query parameter with the way back.
    """

    login_url: Any = None
    permission_denied_message: Any = ""
    raise_exception = False
    redirect_field_name: Any = REDIRECT_FIELD_NAME
    request: Any

    def get_login_url(self) -> str:
        """Return where users log in.

        Raises:
            ImproperlyConfigured: nothing says where.
        """
        login_url = self.login_url or settings.LOGIN_URL
        if not login_url:
            name = type(self).__name__
            raise ImproperlyConfigured(
                f"{name} is missing the login_url attribute. Define {name}.login_url, settings.LOGIN_URL, or override "
                f"{name}.get_login_url()."
            )
        return str(login_url)

    def get_permission_denied_message(self) -> Any:
        """Return the text of the error."""
        return self.permission_denied_message

    def get_redirect_field_name(self) -> Any:
        """Return the name of the query parameter with the way back."""
        return self.redirect_field_name

    def handle_no_permission(self) -> Any:
        """Return the redirect to the page for logging in.

        Raises:
            PermissionDenied: the user is logged in already, or no redirect is wanted.
        """
        if self.raise_exception or self.request.user.is_authenticated:
            raise PermissionDenied(self.get_permission_denied_message())
        return redirect_from(self.request, self.get_login_url(), self.get_redirect_field_name())


class LoginRequiredMixin(AccessMixin):
    """For users who are logged in."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # the view's


class PermissionRequiredMixin(AccessMixin):
    """For users with `permission_required`: one permission, or all of several."""

    permission_required: Any = None

    def get_permission_required(self) -> Any:
        """Return the permissions.

        Raises:
            ImproperlyConfigured: there are none.
        """
        if self.permission_required is None:
            name = type(self).__name__
            raise ImproperlyConfigured(
                f"{name} is missing the permission_required attribute. Define {name}.permission_required, or override "
                f"{name}.get_permission_required()."
            )
        return (self.permission_required,) if isinstance(self.permission_required, str) else self.permission_required

    def has_permission(self) -> bool:
        """Say whether the user has them."""
        return bool(self.request.user.has_perms(self.get_permission_required()))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.has_permission():
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # the view's


class UserPassesTestMixin(AccessMixin):
    """For users who pass `test_func`."""

    def test_func(self) -> Any:
        """Say whether the user (`self.request.user`) passes."""
        raise NotImplementedError(f"{type(self).__name__} is missing the implementation of the test_func() method.")

    def get_test_func(self) -> Any:
        """Return the test; override to use another method."""
        return self.test_func

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.get_test_func()():
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # the view's
