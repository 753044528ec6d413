"""IPv6 addresses: checking and writing them the usual way."""

from __future__ import annotations

import ipaddress
from typing import Any

from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext_lazy as _

MAX_IPV6_ADDRESS_LENGTH = 39


def _ipv6_address_from_str(ip_str: str, max_length: int = MAX_IPV6_ADDRESS_LENGTH) -> ipaddress.IPv6Address:
    # Counting first: the parser's time grows with what it is given.
    if len(ip_str) > max_length:
        raise ValueError(f"Unable to convert {ip_str} to an IPv6 address (value too long).")
    return ipaddress.IPv6Address(ip_str)


def clean_ipv6_address(
    ip_str: Any,
    unpack_ipv4: bool = False,
    error_message: Any = _("This is not a valid IPv6 address."),  # noqa: B008  # lazy: an immutable value
    max_length: int = MAX_IPV6_ADDRESS_LENGTH,
) -> str:
    """Return the address in its shortest form; an IPv4-mapped one keeps the dotted part.

    Args:
        ip_str: address.
        unpack_ipv4: return an IPv4-mapped address as IPv4.
        error_message: for the ValidationError.
        max_length: refuse longer texts.

    Raises:
        ValidationError: it is no IPv6 address.
    """
    try:
        address = _ipv6_address_from_str(str(ip_str), max_length)
    except ValueError as error:
        raise ValidationError(error_message, code="invalid", params={"protocol": _("IPv6")}) from error
    if unpack_ipv4 and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if address.ipv4_mapped:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)


def is_valid_ipv6_address(ip_addr: Any) -> bool:
    """Say whether the text (or address object) is an IPv6 address."""
    if isinstance(ip_addr, ipaddress.IPv6Address):
        return True
    try:
        _ipv6_address_from_str(ip_addr)
    except (TypeError, ValueError):
        return False
    return True
