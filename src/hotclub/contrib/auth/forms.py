"""Forms for logging in, and for users and passwords."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from hotclub import forms
from hotclub._kernel.late_modules import LateModule
from hotclub.contrib.auth import authenticate, get_user_model, password_validation
from hotclub.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, identify_hasher
from hotclub.contrib.auth.models import User
from hotclub.contrib.auth.tokens import default_token_generator
from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.exceptions import ValidationError
from hotclub.template import loader
from hotclub.utils.encoding import force_bytes
from hotclub.utils.http import urlsafe_base64_encode
from hotclub.utils.text import capfirst
from hotclub.utils.translation import gettext
from hotclub.utils.translation import gettext_lazy as _
from hotclub.views.decorators.debug import sensitive_variables

if TYPE_CHECKING:
    from hotclub.core import mail
else:
    mail = LateModule("hotclub.core.mail")

logger = logging.getLogger("hotclub.contrib.auth")


def _identifier(text: str) -> str:
    """Return the form of a text by which identifiers are compared, whatever their case (Unicode TR 36, 2.11.2 B 2)."""
    return unicodedata.normalize("NFKC", text).casefold()


class ReadOnlyPasswordHashWidget(forms.Widget):
    """Shows what may be shown of a hash."""

    template_name = "auth/widgets/read_only_password_hash.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        usable = bool(value) and not value.startswith(UNUSABLE_PASSWORD_PREFIX)
        return {
            **super().get_context(name, value, attrs),
            "summary": self._summary(value) if usable else [{"label": gettext("No password set.")}],
            "button_label": _("Reset password") if usable else _("Set password"),
        }

    @staticmethod
    def _summary(encoded: str) -> list[dict[str, Any]]:
        try:
            parts = identify_hasher(encoded).safe_summary(encoded)
        except ValueError:
            return [{"label": gettext("Invalid password format or unknown hashing algorithm.")}]
        return [{"label": gettext(label), "value": shown} for label, shown in parts.items()]

    def id_for_label(self, id_: Any) -> Any:
        return None


class ReadOnlyPasswordHashField(forms.Field):
    """Shows a hash, and never changes it."""

    widget = ReadOnlyPasswordHashWidget

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("disabled", True)
        super().__init__(*args, **kwargs)


class UsernameField(forms.CharField):
    """A user name, in NFKC."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if self.max_length is not None and len(text) > self.max_length:
            # Normalizing takes time: it is not done for what is refused anyway.
            return text
        return unicodedata.normalize("NFKC", text)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocapitalize": "none", "autocomplete": "username"}


def _password_field(label: Any, help_text: Any = "", **attrs: Any) -> forms.CharField:
    """Return a field for a password; spaces around it belong to it."""
    return forms.CharField(label=label, strip=False, widget=forms.PasswordInput(attrs=attrs), help_text=help_text)


class SetPasswordMixin:
    """Two fields for a new password, and its checks; "Password-based authentication" where that is a choice."""

    error_messages = {"password_mismatch": _("The two password fields didn’t match.")}
    usable_password_help_text = _(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to "
        "authenticate using other backends, such as Single Sign-On or LDAP."
    )
    # The form's:
    cleaned_data: dict[str, Any]
    fields: dict[str, Any]
    errors: Any
    add_error: Callable[[str | None, Any], None]

    @staticmethod
    def create_password_fields(
        label1: Any = _("Password"),  # noqa: B008  # lazy
        label2: Any = _("Password confirmation"),  # noqa: B008  # lazy
    ) -> tuple[Any, Any]:
        """Return the two fields."""
        rules = password_validation.password_validators_help_text_html()
        again = _("Enter the same password as before, for verification.")
        return (
            _password_field(label1, rules, autocomplete="new-password"),
            _password_field(label2, again, autocomplete="new-password"),
        )

    @staticmethod
    def create_usable_password_field(help_text: Any = usable_password_help_text) -> Any:
        """Return the choice between a password and none."""
        return forms.ChoiceField(
            label=_("Password-based authentication"),
            required=False,
            initial="true",
            choices={"true": _("Enabled"), "false": _("Disabled")},
            widget=forms.RadioSelect(attrs={"class": "radiolist"}),
            help_text=help_text,
        )

    @sensitive_variables("password1", "password2")
    def validate_passwords(
        self,
        password1_field_name: str = "password1",
        password2_field_name: str = "password2",
        usable_password_field_name: str = "usable_password",
    ) -> None:
        """Check that both are there and the same, unless no password is wanted."""
        usable = self.cleaned_data.pop(usable_password_field_name, None) != "false"
        self.cleaned_data["set_usable_password"] = usable
        if not usable:
            return
        password1 = self.cleaned_data.get(password1_field_name)
        password2 = self.cleaned_data.get(password2_field_name)
        # A form with the choice cannot require passwords by itself; one without it says so in its fields.
        offered = usable_password_field_name in self.fields
        for name, value in ((password1_field_name, password1), (password2_field_name, password2)):
            if offered and not value and name not in self.errors:
                error = ValidationError(self.fields[name].error_messages["required"], code="required")
                self.add_error(name, error)
        if password1 and password2 and password1 != password2:
            error = ValidationError(self.error_messages["password_mismatch"], code="password_mismatch")
            self.add_error(password2_field_name, error)

    @sensitive_variables("password")
    def validate_password_for_user(self, user: Any, password_field_name: str = "password2") -> None:
        """Check the password against the project's rules."""
        password = self.cleaned_data.get(password_field_name)
        if password and self.cleaned_data.get("set_usable_password", True):
            try:
                password_validation.validate_password(password, user)
            except ValidationError as error:
                self.add_error(password_field_name, error)

    def set_password_and_save(self, user: Any, password_field_name: str = "password1", commit: bool = True) -> Any:
        """Set the password, or none, and save the user if wanted."""
        if self.cleaned_data["set_usable_password"]:
            user.set_password(self.cleaned_data[password_field_name])
        else:
            user.set_unusable_password()
        if commit:
            user.save()
        return user


class BaseUserCreationForm(SetPasswordMixin, forms.ModelForm):
    """Makes a user with name and password."""

    def __class_getitem__(cls, model: Any) -> type[BaseUserCreationForm]:
        return cls

    password1, password2 = SetPasswordMixin.create_password_fields()

    class Meta:
        model = User
        fields = ("username",)
        field_classes = {"username": UsernameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model: Any = self._meta.model
        if model.USERNAME_FIELD in self.fields:
            self.fields[model.USERNAME_FIELD].widget.attrs["autofocus"] = True

    def clean(self) -> Any:
        self.validate_passwords()
        return super().clean()

    def _post_clean(self) -> None:
        super()._post_clean()
        # Now the instance has the form's data, for rules that compare with it.
        self.validate_password_for_user(self.instance)

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit=False)
        user = self.set_password_and_save(user, commit=commit)
        if commit and hasattr(self, "save_m2m"):
            self.save_m2m()
        return user


class UserCreationForm(BaseUserCreationForm):
    """`BaseUserCreationForm` that refuses names that differ from another one in case only."""

    def clean_username(self) -> Any:
        """Check that no such name exists."""
        username = self.cleaned_data.get("username")
        model: Any = self._meta.model
        if username and model.objects.filter(username__iexact=username).exists():
            self._update_errors(
                ValidationError({"username": self.instance.unique_error_message(self._meta.model, ["username"])})
            )
            return None
        return username


class UserChangeForm(forms.ModelForm):
    """Changes a user; the password is shown, not changed."""

    password = ReadOnlyPasswordHashField(
        label=_("Password"),
        help_text=_("Raw passwords are not stored, so there is no way to see the user’s password."),
    )

    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"username": UsernameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields.get("password")
        if password and self.instance and not self.instance.has_usable_password():
            password.help_text = _("Enable password-based authentication for this user by setting a password.")
        user_permissions = self.fields.get("user_permissions")
        if user_permissions:
            # One query instead of one per permission.
            user_permissions.queryset = user_permissions.queryset.select_related("content_type")


class AuthenticationForm(forms.Form):
    """Logs in by name and password.

    Args:
        request: for the backends.
    """

    username = UsernameField(widget=forms.TextInput(attrs={"autofocus": True}))
    password = _password_field(_("Password"), autocomplete="current-password")

    error_messages = {
        "invalid_login": _(
            "Please enter a correct %(username)s and password. Note that both fields may be case-sensitive."
        ),
        "inactive": _("This account is inactive."),
    }

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user_cache: Any = None
        super().__init__(*args, **kwargs)
        # The field that identifies users may be any.
        self.username_field = get_user_model()._meta.get_field(get_user_model().USERNAME_FIELD)
        max_length = self.username_field.max_length or 254
        self.fields["username"].max_length = max_length
        self.fields["username"].widget.attrs["maxlength"] = max_length
        if self.fields["username"].label is None:
            self.fields["username"].label = capfirst(self.username_field.verbose_name)

    @sensitive_variables()
    def clean(self) -> Any:
        username = self.cleaned_data.get("username")
        password = self.cleaned_data.get("password")
        if username is not None and password:
            self.user_cache = authenticate(self.request, username=username, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse users who may not log in although the password is right; override for rules of your own.

        Raises:
            ValidationError: the user is inactive.
        """
        if not user.is_active:
            raise ValidationError(self.error_messages["inactive"], code="inactive")

    def get_user(self) -> Any:
        """Return the user, once the form is valid."""
        return self.user_cache

    def get_invalid_login_error(self) -> ValidationError:
        """Return the error for wrong credentials."""
        return ValidationError(
            self.error_messages["invalid_login"],
            code="invalid_login",
            params={"username": self.username_field.verbose_name},
        )


class PasswordResetForm(forms.Form):
    """Sends a link for setting a new password."""

    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: Any,
        to_email: Any,
        html_email_template_name: str | None = None,
    ) -> None:
        """Send the mail; errors are logged, as the page must not tell who has an account."""
        subject = "".join(loader.render_to_string(subject_template_name, context).splitlines())
        body = loader.render_to_string(email_template_name, context)
        message = mail.EmailMultiAlternatives(subject, body, from_email, [to_email])
        if html_email_template_name is not None:
            message.attach_alternative(loader.render_to_string(html_email_template_name, context), "text/html")
        try:
            message.send()
        except Exception:  # whatever the backend raises, the page stays the same
            logger.exception("Failed to send password reset email to %s", context["user"].pk)

    def get_users(self, email: str) -> Iterator[Any]:
        """Give the users who get a mail: active ones of the address who have a password."""
        model = get_user_model()
        field = model.get_email_field_name()
        found = model._default_manager.filter(**{f"{field}__iexact": email, "is_active": True})
        # Databases compare more loosely than mail servers: an address that only looks the same is another one.
        return (
            user
            for user in found
            if user.has_usable_password() and _identifier(getattr(user, field)) == _identifier(email)
        )

    def save(
        self,
        domain_override: str | None = None,
        subject_template_name: str = "registration/password_reset_subject.txt",
        email_template_name: str = "registration/password_reset_email.html",
        use_https: bool = False,
        token_generator: Any = default_token_generator,
        from_email: Any = None,
        request: Any = None,
        html_email_template_name: str | None = None,
        extra_email_context: dict[str, Any] | None = None,
    ) -> None:
        """Send a link to each user of the address."""
        email = self.cleaned_data["email"]
        if domain_override:
            site_name = domain = domain_override
        else:
            site = get_current_site(request)
            site_name, domain = site.name, site.domain
        field = get_user_model().get_email_field_name()
        for user in self.get_users(email):
            # To the address that is stored, not to the one that was typed.
            user_email = getattr(user, field)
            context = {
                "email": user_email,
                "domain": domain,
                "site_name": site_name,
                "uid": urlsafe_base64_encode(force_bytes(user._meta.pk.value_to_string(user))),
                "user": user,
                "token": token_generator.make_token(user),
                "protocol": "https" if use_https else "http",
                **(extra_email_context or {}),
            }
            self.send_mail(
                subject_template_name,
                email_template_name,
                context,
                from_email,
                user_email,
                html_email_template_name=html_email_template_name,
            )


class SetPasswordForm(SetPasswordMixin, forms.Form):
    """Sets a user's password."""

    new_password1, new_password2 = SetPasswordMixin.create_password_fields(
        label1=_("New password"), label2=_("New password confirmation")
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self) -> Any:
        self.validate_passwords("new_password1", "new_password2")
        self.validate_password_for_user(self.user, "new_password2")
        return super().clean()

    def save(self, commit: bool = True) -> Any:
        """Set the password and return the user."""
        return self.set_password_and_save(self.user, "new_password1", commit=commit)


class PasswordChangeForm(SetPasswordForm):
    """Sets a user's password, if they know the old one."""

    error_messages = {
        **SetPasswordForm.error_messages,
        "password_incorrect": _("Your old password was entered incorrectly. Please enter it again."),
    }
    old_password = _password_field(_("Old password"), autocomplete="current-password", autofocus=True)

    field_order = ["old_password", "new_password1", "new_password2"]

    @sensitive_variables("old_password")
    def clean_old_password(self) -> Any:
        """Check the old password."""
        old_password = self.cleaned_data["old_password"]
        if not self.user.check_password(old_password):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old_password


class AdminPasswordChangeForm(SetPasswordMixin, forms.Form):
    """Sets another user's password, or takes it away."""

    required_css_class = "required"
    usable_password_help_text = SetPasswordMixin.usable_password_help_text + (
        '<ul id="id_unusable_warning" class="messagelist"><li class="warning">'
        "If disabled, the current password for this user will be lost.</li></ul>"
    )
    password1, password2 = SetPasswordMixin.create_password_fields()

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["password1"].widget.attrs["autofocus"] = True
        if self.user.has_usable_password():
            self.fields["password1"].required = False
            self.fields["password2"].required = False
            self.fields["usable_password"] = self.create_usable_password_field(self.usable_password_help_text)

    def clean(self) -> Any:
        self.validate_passwords()
        self.validate_password_for_user(self.user)
        return super().clean()

    def save(self, commit: bool = True) -> Any:
        """Set the password and return the user."""
        return self.set_password_and_save(self.user, commit=commit)

    @property
    def changed_data(self) -> list[str]:
        """The password as one thing."""
        data = super().changed_data
        if "set_usable_password" in data or ("password1" in data and "password2" in data):
            return ["password"]
        return []


class AdminUserCreationForm(UserCreationForm):
    """`UserCreationForm` in which the password is a choice."""

    usable_password = SetPasswordMixin.create_usable_password_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].required = False
        self.fields["password2"].required = False
