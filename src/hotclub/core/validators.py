"""Validators: callables that raise `ValidationError` for a value that will not do.

Forms, models and serializers use the same ones. Each is comparable (migrations compare fields) and can be written into a
migration. What a stranger sends is measured before it is matched, and the regular expressions do not backtrack over it.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hotclub.core.exceptions import ValidationError
from hotclub.utils.deconstruct import deconstructible
from hotclub.utils.http import MAX_URL_LENGTH
from hotclub.utils.ipv6 import is_valid_ipv6_address
from hotclub.utils.regex_helper import lazy_pattern
from hotclub.utils.translation import gettext_lazy as _
from hotclub.utils.translation import ngettext_lazy

EMPTY_VALUES: tuple[Any, ...] = (None, "", [], (), {})
"""Values that stand for "nothing was given": validators are not asked about them."""


@deconstructible
class RegexValidator:
    """Refuses a text in which the expression is not found (or, with `inverse_match`, is found).

    Args:
        regex: expression, or a compiled one.
        message: text of the error.
        code: code of the error.
        inverse_match: turn the meaning round.
        flags: for an expression given as text.

    Raises:
        TypeError: flags with a compiled expression.
    """

    regex: Any = ""
    message: Any = _("Enter a valid value.")
    code: Any = "invalid"
    inverse_match: Any = False
    flags: int = 0

    def __init__(
        self, regex: Any = None, message: Any = None, code: Any = None, inverse_match: Any = None, flags: Any = None
    ) -> None:
        if regex is not None:
            self.regex = regex
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code
        if inverse_match is not None:
            self.inverse_match = inverse_match
        if flags is not None:
            self.flags = flags
        if self.flags and not isinstance(self.regex, str):
            raise TypeError("If the flags are set, regex must be a regular expression string.")
        self.regex = lazy_pattern(self.regex, self.flags)

    def __call__(self, value: Any) -> None:
        found = self.regex.search(str(value))
        if bool(found) is bool(self.inverse_match):
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, RegexValidator)
            and self.regex.pattern == other.regex.pattern
            and self.regex.flags == other.regex.flags
            and self.message == other.message
            and self.code == other.code
            and self.inverse_match == other.inverse_match
        )

    def __hash__(self) -> int:
        return hash((self.regex.pattern, self.regex.flags, self.code, self.inverse_match))


_UL = "\u00a1-\uffff"
"""Letters beyond ASCII, as they may stand in host names."""
_LABEL = rf"[a-z{_UL}0-9](?:[a-z{_UL}0-9-]{{0,61}}[a-z{_UL}0-9])?"
_MIDDLE = rf"(?:\.(?!-)[a-z{_UL}0-9-]{{1,63}}(?<!-))*"
_TLD = rf"\.(?!-)(?:[a-z{_UL}-]{{2,63}}|xn--[a-z0-9]{{1,59}})(?<!-)"
_ASCII_DOMAIN = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.(?!-)(?:[a-z-]{2,63}|xn--[a-z0-9]{1,59})(?<!-)"
_OCTET = r"(?:0|25[0-5]|2[0-4][0-9]|1[0-9]?[0-9]?|[1-9][0-9]?)"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"


@deconstructible
class DomainNameValidator(RegexValidator):
    """Refuses what is no domain name of at least two labels.

    Args:
        accept_idna: whether letters beyond ASCII are allowed.
    """

    message = _("Enter a valid domain name.")
    ul = _UL
    hostname_re = _LABEL
    domain_re = _MIDDLE
    # The dot at the end of a fully qualified name is optional.
    tld_no_fqdn_re = _TLD
    tld_re = _TLD + r"\.?"
    ascii_only_hostname_re = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    ascii_only_domain_re = r"(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*"
    ascii_only_tld_re = r"\.(?!-)(?:[a-z-]{2,63}|xn--[a-z0-9]{1,59})(?<!-)\.?"
    max_length = 255

    def __init__(self, **kwargs: Any) -> None:
        self.accept_idna = kwargs.pop("accept_idna", True)
        domain = _LABEL + _MIDDLE + _TLD if self.accept_idna else _ASCII_DOMAIN
        self.regex = lazy_pattern(rf"^{domain}\.?\Z", re.IGNORECASE)
        super().__init__(**kwargs)

    def __call__(self, value: Any) -> None:
        if not isinstance(value, str) or len(value) > self.max_length:
            raise ValidationError(self.message, code=self.code, params={"value": value})
        if not self.accept_idna and not value.isascii():
            raise ValidationError(self.message, code=self.code, params={"value": value})
        super().__call__(value)


validate_domain_name = DomainNameValidator()


@deconstructible
class URLValidator(RegexValidator):
    """Refuses what is no URL of one of the schemes.

    Args:
        schemes: allowed schemes, in lower case; http, https, ftp and ftps if None.
    """

    ul = _UL
    ipv4_re = _IPV4
    # Only what looks like one; the value is checked afterwards.
    ipv6_re = r"\[[0-9a-f:.]+\]"
    hostname_re = _LABEL
    domain_re = _MIDDLE
    tld_re = _TLD + r"\.?"
    host_re = rf"(?:{_LABEL}{_MIDDLE}{_TLD}\.?|localhost)"
    regex: Any = lazy_pattern(
        r"^(?:[a-z0-9.+-]*)://"  # scheme is checked separately
        r"(?:[^\s:@/]+(?::[^\s:@/]*)?@)?"  # user:pass
        rf"(?:{_IPV4}|{ipv6_re}|{host_re})"
        r"(?::[0-9]{1,5})?"  # port
        r"(?:[/?#][^\s]*)?"  # the rest
        r"\Z",
        re.IGNORECASE,
    )
    message = _("Enter a valid URL.")
    schemes: Sequence[str] = ("http", "https", "ftp", "ftps")
    unsafe_chars = frozenset("\t\r\n")
    max_length = MAX_URL_LENGTH

    def __init__(self, schemes: Sequence[str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if schemes is not None:
            self.schemes = schemes

    def _refuse(self, value: Any) -> ValidationError:
        return ValidationError(self.message, code=self.code, params={"value": value})

    def __call__(self, value: Any) -> None:
        if not isinstance(value, str) or len(value) > self.max_length or self.unsafe_chars.intersection(value):
            raise self._refuse(value)
        if value.split("://")[0].lower() not in self.schemes:
            raise self._refuse(value)
        try:
            parts = urlsplit(value)
        except ValueError as error:  # a malformed IPv6 address
            raise self._refuse(value) from error
        super().__call__(value)
        # The expression takes anything for IPv6 that is made of its characters.
        bracketed = re.search(r"^\[(.+)\](?::[0-9]{1,5})?$", parts.netloc)
        if bracketed and not is_valid_ipv6_address(bracketed[1]):
            raise self._refuse(value)
        # Longest name that DNS can carry, as text (RFC 1034 §3.1).
        if parts.hostname is None or len(parts.hostname) > 253:
            raise self._refuse(value)


integer_validator = RegexValidator(lazy_pattern(r"^-?\d+\Z"), message=_("Enter a valid integer."), code="invalid")


def validate_integer(value: Any) -> None:
    """Refuse what `int` would not take."""
    integer_validator(value)


@deconstructible
class EmailValidator:
    """Refuses what is no e-mail address.

    Args:
        message: text of the error.
        code: code of the error.
        allowlist: domains of a single label that are accepted; "localhost" if None.
    """

    message: Any = _("Enter a valid email address.")
    code: Any = "invalid"
    hostname_re = _LABEL
    domain_re = _MIDDLE
    tld_no_fqdn_re = _TLD
    user_regex: Any = lazy_pattern(
        # dot-atom
        r"(^[-!#$%&'*+/=?^_`{}|~0-9A-Z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9A-Z]+)*\Z"
        # quoted-string
        r'|^"(?:[\001-\010\013\014\016-\037!#-\[\]-\177]|\\[\001-\011\013\014\016-\177])*"\Z)',
        re.IGNORECASE,
    )
    domain_regex: Any = lazy_pattern(rf"^{_LABEL}{_MIDDLE}{_TLD}\Z", re.IGNORECASE)
    # An address in brackets (RFC 5321 §4.1.3); the value is checked afterwards.
    literal_regex: Any = lazy_pattern(r"\[([A-F0-9:.]+)\]\Z", re.IGNORECASE)
    domain_allowlist: Sequence[str] = ("localhost",)

    def __init__(self, message: Any = None, code: Any = None, allowlist: Sequence[str] | None = None) -> None:
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code
        if allowlist is not None:
            self.domain_allowlist = allowlist

    def __call__(self, value: Any) -> None:
        # RFC 3696 §3: 64 for the local part, the "@", 255 for the domain.
        if not value or "@" not in value or len(value) > 320:
            raise ValidationError(self.message, code=self.code, params={"value": value})
        user, _at, domain = value.rpartition("@")
        if not self.user_regex.match(user):
            raise ValidationError(self.message, code=self.code, params={"value": value})
        if domain not in self.domain_allowlist and not self.validate_domain_part(domain):
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def validate_domain_part(self, domain_part: str) -> bool:
        """Say whether the part behind the "@" is a domain name, or an IP address in brackets."""
        if self.domain_regex.match(domain_part):
            return True
        literal = self.literal_regex.match(domain_part)
        if literal is None:
            return False
        try:
            validate_ipv46_address(literal[1])
        except ValidationError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, EmailValidator)
            and set(self.domain_allowlist) == set(other.domain_allowlist)
            and self.message == other.message
            and self.code == other.code
        )

    def __hash__(self) -> int:
        return hash((frozenset(self.domain_allowlist), self.code))


validate_email = EmailValidator()

slug_re = lazy_pattern(r"^[-a-zA-Z0-9_]+\Z")
validate_slug = RegexValidator(
    slug_re,
    # Translators: "letters" means latin letters: a-z and A-Z.
    _("Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
    "invalid",
)
slug_unicode_re = lazy_pattern(r"^[-\w]+\Z")
validate_unicode_slug = RegexValidator(
    slug_unicode_re,
    _("Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens."),
    "invalid",
)


def _refuse_address(value: Any, protocol: Any) -> ValidationError:
    return ValidationError(
        _("Enter a valid %(protocol)s address."), code="invalid", params={"protocol": protocol, "value": value}
    )


def _is_ipv4(value: Any) -> bool:
    if isinstance(value, ipaddress.IPv4Address):
        return True
    try:
        ipaddress.IPv4Address(value) if isinstance(value, str) else ipaddress.IPv4Address(str(value))
    except ValueError:
        return False
    return True


def validate_ipv4_address(value: Any) -> None:
    """Refuse what is no IPv4 address in dotted form; leading zeros are ambiguous and refused."""
    if not _is_ipv4(value):
        raise _refuse_address(value, _("IPv4"))


def validate_ipv6_address(value: Any) -> None:
    """Refuse what is no IPv6 address."""
    if not is_valid_ipv6_address(value):
        raise _refuse_address(value, _("IPv6"))


def validate_ipv46_address(value: Any) -> None:
    """Refuse what is neither an IPv4 nor an IPv6 address."""
    if not _is_ipv4(value) and not is_valid_ipv6_address(value):
        raise _refuse_address(value, _("IPv4 or IPv6"))


ip_address_validator_map: dict[str, list[Callable[[Any], None]]] = {
    "both": [validate_ipv46_address],
    "ipv4": [validate_ipv4_address],
    "ipv6": [validate_ipv6_address],
}


def ip_address_validators(protocol: str, unpack_ipv4: bool) -> list[Callable[[Any], None]]:
    """Return the validators for the arguments of `GenericIPAddressField`.

    Raises:
        ValueError: the protocol is unknown, or `unpack_ipv4` is given with one that it makes no sense for.
    """
    if protocol != "both" and unpack_ipv4:
        raise ValueError("You can only use `unpack_ipv4` if `protocol` is set to 'both'")
    try:
        return ip_address_validator_map[protocol.lower()]
    except KeyError:
        raise ValueError(f"The protocol '{protocol}' is unknown. Supported: {list(ip_address_validator_map)}") from None


def int_list_validator(
    sep: str = ",", message: Any = None, code: Any = "invalid", allow_negative: bool = False
) -> RegexValidator:
    """Return a validator for integers joined by a separator."""
    integer = r"-?\d+" if allow_negative else r"\d+"
    return RegexValidator(lazy_pattern(rf"^{integer}(?:{re.escape(sep)}{integer})*\Z"), message=message, code=code)


validate_comma_separated_integer_list = int_list_validator(message=_("Enter only digits separated by commas."))


@deconstructible
class BaseValidator:
    """Compares a value with a limit; subclasses say how.

    Args:
        limit_value: the limit, or a function that gives it.
        message: text of the error.
    """

    message: Any = _("Ensure this value is %(limit_value)s (it is %(show_value)s).")
    code = "limit_value"

    def __init__(self, limit_value: Any, message: Any = None) -> None:
        self.limit_value = limit_value
        if message:
            self.message = message

    def _limit(self) -> Any:
        return self.limit_value() if callable(self.limit_value) else self.limit_value

    def __call__(self, value: Any) -> None:
        cleaned = self.clean(value)
        limit = self._limit()
        if self.compare(cleaned, limit):
            raise ValidationError(
                self.message,
                code=self.code,
                params={"limit_value": limit, "show_value": cleaned, "value": value},
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, self.__class__):
            return NotImplemented
        return bool(self.limit_value == other.limit_value and self.message == other.message and self.code == other.code)

    def __hash__(self) -> int:
        return hash((type(self), self.code))

    def compare(self, a: Any, b: Any) -> bool:
        """Say whether the cleaned value is refused, given the limit."""
        return a is not b

    def clean(self, x: Any) -> Any:
        """Return what is compared."""
        return x


@deconstructible
class MaxValueValidator(BaseValidator):
    """Refuses values above the limit."""

    message = _("Ensure this value is less than or equal to %(limit_value)s.")
    code = "max_value"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a > b)


@deconstructible
class MinValueValidator(BaseValidator):
    """Refuses values below the limit."""

    message = _("Ensure this value is greater than or equal to %(limit_value)s.")
    code = "min_value"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a < b)


@deconstructible
class StepValueValidator(BaseValidator):
    """Refuses values that are not a multiple of the limit, counted from the offset if there is one."""

    message = _("Ensure this value is a multiple of step size %(limit_value)s.")
    code = "step_size"

    def __init__(self, limit_value: Any, message: Any = None, offset: Any = None) -> None:
        super().__init__(limit_value, message)
        if offset is not None and message is None:
            self.message = _(
                "Ensure this value is a multiple of step size %(limit_value)s, starting from %(offset)s, e.g. "
                "%(offset)s, %(valid_value1)s, %(valid_value2)s, and so on."
            )
        self.offset = offset

    def __call__(self, value: Any) -> None:
        if self.offset is None:
            super().__call__(value)
            return
        limit = self._limit()
        if self.compare(self.clean(value), limit):
            raise ValidationError(
                self.message,
                code=self.code,
                params={
                    "limit_value": limit,
                    "offset": self.offset,
                    "valid_value1": self.offset + limit,
                    "valid_value2": self.offset + 2 * limit,
                },
            )

    def compare(self, a: Any, b: Any) -> bool:
        offset = 0 if self.offset is None else self.offset
        return not math.isclose(math.remainder(a - offset, b), 0, abs_tol=1e-9)


@deconstructible
class MinLengthValidator(BaseValidator):
    """Refuses what is shorter than the limit."""

    message = ngettext_lazy(
        "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    )
    code = "min_length"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a < b)

    def clean(self, x: Any) -> int:
        return len(x)


@deconstructible
class MaxLengthValidator(BaseValidator):
    """Refuses what is longer than the limit."""

    message = ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    )
    code = "max_length"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a > b)

    def clean(self, x: Any) -> int:
        return len(x)


@deconstructible
class DecimalValidator:
    """Refuses decimals of too many digits: in all, behind the point, before it.

    Args:
        max_digits: digits in all; None for any number.
        decimal_places: digits behind the point; None for any number.
    """

    messages = {
        "invalid": _("Enter a number."),
        "max_digits": ngettext_lazy(
            "Ensure that there are no more than %(max)s digit in total.",
            "Ensure that there are no more than %(max)s digits in total.",
            "max",
        ),
        "max_decimal_places": ngettext_lazy(
            "Ensure that there are no more than %(max)s decimal place.",
            "Ensure that there are no more than %(max)s decimal places.",
            "max",
        ),
        "max_whole_digits": ngettext_lazy(
            "Ensure that there are no more than %(max)s digit before the decimal point.",
            "Ensure that there are no more than %(max)s digits before the decimal point.",
            "max",
        ),
    }

    def __init__(self, max_digits: int | None, decimal_places: int | None) -> None:
        self.max_digits = max_digits
        self.decimal_places = decimal_places

    def __call__(self, value: Decimal) -> None:
        _sign, digit_tuple, exponent = value.as_tuple()
        if not isinstance(exponent, int):  # "F", "n", "N": infinite, or not a number
            raise ValidationError(self.messages["invalid"], code="invalid", params={"value": value})
        digits, decimals = len(digit_tuple), 0
        if exponent >= 0:
            # Zeros that the exponent adds count, unless the value is zero.
            if digit_tuple != (0,):
                digits += exponent
        else:
            decimals = -exponent
            # 0.001 has three digits: those behind the point count even where zeros lead.
            digits = max(digits, decimals)
        for code, count, most in (
            ("max_digits", digits, self.max_digits),
            ("max_decimal_places", decimals, self.decimal_places),
            ("max_whole_digits", digits - decimals, self._max_whole_digits()),
        ):
            if most is not None and count > most:
                raise ValidationError(self.messages[code], code=code, params={"max": most, "value": value})

    def _max_whole_digits(self) -> int | None:
        if self.max_digits is None or self.decimal_places is None:
            return None
        return self.max_digits - self.decimal_places

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, self.__class__)
            and self.max_digits == other.max_digits
            and self.decimal_places == other.decimal_places
        )

    def __hash__(self) -> int:
        return hash((self.max_digits, self.decimal_places))


@deconstructible
class FileExtensionValidator:
    """Refuses files whose name has another extension. The content is not looked at.

    Args:
        allowed_extensions: without dots, in any case; all, if None.
    """

    message: Any = _("File extension “%(extension)s” is not allowed. Allowed extensions are: %(allowed_extensions)s.")
    code: Any = "invalid_extension"

    def __init__(self, allowed_extensions: Iterable[str] | None = None, message: Any = None, code: Any = None) -> None:
        self.allowed_extensions = (
            None if allowed_extensions is None else [extension.lower() for extension in allowed_extensions]
        )
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code

    def __call__(self, value: Any) -> None:
        extension = Path(value.name).suffix[1:].lower()
        if self.allowed_extensions is not None and extension not in self.allowed_extensions:
            raise ValidationError(
                self.message,
                code=self.code,
                params={
                    "extension": extension,
                    "allowed_extensions": ", ".join(self.allowed_extensions),
                    "value": value,
                },
            )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, self.__class__)
            and set(self.allowed_extensions or ()) == set(other.allowed_extensions or ())
            and self.message == other.message
            and self.code == other.code
        )

    def __hash__(self) -> int:
        return hash((frozenset(self.allowed_extensions or ()), self.code))


def get_available_image_extensions() -> list[str]:
    """Return the extensions that Pillow knows; none if it is not installed."""
    try:
        from PIL import Image  # noqa: PLC0415  # optional
    except ImportError:
        return []
    Image.init()
    return [extension.lower()[1:] for extension in Image.EXTENSION]


def validate_image_file_extension(value: Any) -> None:
    """Refuse files whose extension is not that of an image. Needs Pillow."""
    FileExtensionValidator(allowed_extensions=get_available_image_extensions())(value)


@deconstructible
class ProhibitNullCharactersValidator:
    """Refuses texts with a null character."""

    message: Any = _("Null characters are not allowed.")
    code: Any = "null_characters_not_allowed"

    def __init__(self, message: Any = None, code: Any = None) -> None:
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code

    def __call__(self, value: Any) -> None:
        if "\x00" in str(value):
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self.__class__) and self.message == other.message and self.code == other.code

    def __hash__(self) -> int:
        return hash(self.code)
