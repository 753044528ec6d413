"""Fields for text and for values written as one word. Must not know forms."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hotclub._forms.fields.field import Field
from hotclub._forms.widgets import EmailInput, URLInput
from hotclub._forms.widgets.widget import Widget
from hotclub.core import validators
from hotclub.core.exceptions import ValidationError
from hotclub.utils.ipv6 import MAX_IPV6_ADDRESS_LENGTH, clean_ipv6_address
from hotclub.utils.translation import gettext_lazy as _


class CharField(Field):
    """Text.

    Args:
        max_length: greatest number of characters.
        min_length: least number of characters.
        strip: whether spaces around the text are removed.
        empty_value: value for an empty text.
        **kwargs: those of `Field`.
    """

    def __init__(
        self,
        *,
        max_length: int | None = None,
        min_length: int | None = None,
        strip: bool = True,
        empty_value: Any = "",
        **kwargs: Any,
    ) -> None:
        self.max_length = max_length
        self.min_length = min_length
        self.strip = strip
        self.empty_value = empty_value
        super().__init__(**kwargs)
        if min_length is not None:
            self.validators.append(validators.MinLengthValidator(int(min_length)))
        if max_length is not None:
            self.validators.append(validators.MaxLengthValidator(int(max_length)))
        self.validators.append(validators.ProhibitNullCharactersValidator())

    def to_python(self, value: Any) -> Any:
        if value not in self.empty_values:
            value = str(value)
            if self.strip:
                value = value.strip()
        return self.empty_value if value in self.empty_values else value

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        if not widget.is_hidden:
            if self.max_length is not None:
                attrs["maxlength"] = str(self.max_length)
            if self.min_length is not None:
                attrs["minlength"] = str(self.min_length)
        return attrs


class RegexField(CharField):
    """Text that a regular expression finds a match in.

    Args:
        regex: pattern or compiled expression.
        **kwargs: those of `CharField`; the text is not stripped by default.
    """

    def __init__(self, regex: Any, **kwargs: Any) -> None:
        kwargs.setdefault("strip", False)
        super().__init__(**kwargs)
        self._set_regex(regex)

    def _get_regex(self) -> re.Pattern[str]:
        return self._regex

    def _set_regex(self, regex: Any) -> None:
        self._regex: re.Pattern[str] = re.compile(regex) if isinstance(regex, str) else regex
        old = getattr(self, "_regex_validator", None)
        if old in self.validators:
            self.validators.remove(old)
        self._regex_validator = validators.RegexValidator(regex=self._regex)
        self.validators.append(self._regex_validator)

    regex = property(_get_regex, _set_regex)


class EmailField(CharField):
    """An email address, of at most 320 characters unless told otherwise."""

    widget = EmailInput
    default_validators = [validators.validate_email]

    def __init__(self, **kwargs: Any) -> None:
        # RFC 3696 erratum 1690: 64 characters before the @ and 255 after it.
        kwargs.setdefault("max_length", 320)
        super().__init__(strip=True, **kwargs)


class URLField(CharField):
    """A URL; without a scheme it gets `assume_scheme`.

    Args:
        assume_scheme: scheme of URLs given without one; `https` by default.
        **kwargs: those of `CharField`.
    """

    widget = URLInput
    default_error_messages = {"invalid": _("Enter a valid URL.")}
    default_validators = [validators.URLValidator()]

    def __init__(self, *, assume_scheme: str | None = None, **kwargs: Any) -> None:
        self.assume_scheme = assume_scheme or "https"
        super().__init__(strip=True, **kwargs)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if not value:
            return value
        try:
            return self._with_scheme(value)
        except ValueError as error:
            # urlsplit() refuses some hosts, such as a bracket left open.
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def _with_scheme(self, value: str) -> str:
        head, colon, _rest = value.partition(":")
        if colon and not _may_be_scheme_or_host(head):
            raise ValueError(value)
        parts = list(urlsplit(value))
        if parts[0]:
            # Complete, or of a scheme without hosts, such as mailto: the validator decides.
            return value
        parts[0] = self.assume_scheme
        if not parts[1]:
            # Without "//" the host was taken for the beginning of the path.
            parts[1], parts[2] = parts[2], ""
            parts = list(urlsplit(urlunsplit(parts)))
        return urlunsplit(parts)


def _may_be_scheme_or_host(head: str) -> bool:
    # "//host:80" and "[::1]" begin otherwise; an empty head is the empty scheme of ":example.com".
    return bool(head)


class UUIDField(CharField):
    default_error_messages = {"invalid": _("Enter a valid UUID.")}

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, uuid.UUID) else value

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if value in self.empty_values:
            return None
        if not isinstance(value, uuid.UUID):
            try:
                value = uuid.UUID(value)
            except ValueError as error:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return value


class SlugField(CharField):
    """A slug.

    Args:
        allow_unicode: accept letters of all scripts instead of ASCII only.
        **kwargs: those of `CharField`.
    """

    default_validators = [validators.validate_slug]

    def __init__(self, *, allow_unicode: bool = False, **kwargs: Any) -> None:
        self.allow_unicode = allow_unicode
        if allow_unicode:
            self.default_validators = [validators.validate_unicode_slug]
        super().__init__(**kwargs)


class GenericIPAddressField(CharField):
    """An IPv4 or IPv6 address, normalised.

    Args:
        protocol: "both", "IPv4" or "IPv6".
        unpack_ipv4: turn `::ffff:192.0.2.1` into `192.0.2.1`; for protocol "both" only.
        **kwargs: those of `CharField`.
    """

    def __init__(self, *, protocol: str = "both", unpack_ipv4: bool = False, **kwargs: Any) -> None:
        self.protocol = protocol
        self.unpack_ipv4 = unpack_ipv4
        self.default_validators = validators.ip_address_validators(protocol, unpack_ipv4)
        kwargs.setdefault("max_length", MAX_IPV6_ADDRESS_LENGTH)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return ""
        value = value.strip()
        if value and ":" in value:
            return clean_ipv6_address(value, self.unpack_ipv4, max_length=self.max_length or MAX_IPV6_ADDRESS_LENGTH)
        return value
