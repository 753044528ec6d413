"""The admin's login and password forms."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext_lazy as _


class AdminAuthenticationForm(AuthenticationForm):
    """Login for staff only."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _(
            "Please enter the correct %(username)s and password for a staff account. Note that both fields may be "
            "case-sensitive."
        ),
    }
    required_css_class = "required"

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not user.is_staff:
            raise ValidationError(
                self.error_messages["invalid_login"],
                code="invalid_login",
                params={"username": self.username_field.verbose_name},
            )


class AdminPasswordChangeForm(PasswordChangeForm):
    """Change of one's own password."""

    required_css_class = "required"
