"""Writing numbers with separators."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hotclub.conf import settings
from hotclub.utils.safestring import SafeString, mark_safe

# Decimals beyond this are written with an exponent: a short input must not make a long output.
_MAX_DECIMAL_DIGITS = 200


def format(
    number: Any,
    decimal_sep: str,
    decimal_pos: int | None = None,
    grouping: int | Iterable[int] = 0,
    thousand_sep: str = "",
    force_grouping: bool = False,
    use_l10n: bool | None = None,
) -> str:
    """Return a number (number, Decimal or text) as text.

    Args:
        number: what to write.
        decimal_sep: what stands before the decimals.
        decimal_pos: how many decimals; all, if None.
        grouping: size of the groups; or the sizes from the right, the last one repeated (0 ends the grouping).
        thousand_sep: what stands between groups.
        force_grouping: group whatever the settings say.
        use_l10n: whether `USE_THOUSAND_SEPARATOR` is looked at.
    """
    if number is None or number == "":
        return mark_safe(str(number))
    if use_l10n is None:
        use_l10n = True
    use_grouping = force_grouping or (use_l10n and settings.USE_THOUSAND_SEPARATOR)
    use_grouping = bool(use_grouping and grouping != 0)
    if isinstance(number, int) and not use_grouping and not decimal_pos:
        return mark_safe(str(number))
    text = _as_text(number, decimal_pos)
    if isinstance(text, SafeString) or "e" in text:
        return _exponential(text, decimal_sep, decimal_pos, grouping, thousand_sep, force_grouping, use_l10n)
    sign = ""
    if text[0] == "-":
        sign, text = "-", text[1:]
    whole, dot, decimals = text.partition(".")
    if decimal_pos is not None:
        decimals = decimals[:decimal_pos].ljust(decimal_pos, "0") if dot or decimal_pos else ""
    decimals = decimal_sep + decimals if decimals else ""
    if use_grouping:
        whole = _group(whole, grouping, thousand_sep)
    return sign + whole + decimals


def _as_text(number: Any, decimal_pos: int | None) -> str:
    if isinstance(number, float) and "e" in str(number).lower():
        # A float never has more than some 300 digits; Decimal writes them all out.
        number = Decimal(str(number))
    if not isinstance(number, Decimal):
        return str(number)
    if decimal_pos is not None:
        smallest = Decimal(1).scaleb(-decimal_pos)
        if abs(number) < smallest:
            number = Decimal(0)
    _, digits, exponent = number.as_tuple()
    if isinstance(exponent, int) and abs(exponent) + len(digits) > _MAX_DECIMAL_DIGITS:
        return f"{number:e}"
    return f"{number:f}"


def _exponential(
    text: str,
    decimal_sep: str,
    decimal_pos: int | None,
    grouping: Any,
    thousand_sep: str,
    force_grouping: bool,
    use_l10n: bool,
) -> str:
    coefficient, _, exponent = text.partition("e")
    formatted = format(coefficient, decimal_sep, decimal_pos, grouping, thousand_sep, force_grouping, use_l10n)
    return f"{formatted}e{exponent}"


def _group(digits: str, grouping: int | Iterable[int], separator: str) -> str:
    """Return the digits with separators, counted from the right."""
    sizes = [grouping] if isinstance(grouping, int) else list(grouping)
    groups: list[str] = []
    end = len(digits)
    size = sizes.pop(0)
    while end > 0:
        # Below zero (as the locale module's CHAR_MAX) nothing further is grouped.
        start = max(0, end - size) if size > 0 else 0
        groups.append(digits[start:end])
        end = start
        if sizes:
            following = sizes.pop(0)
            # A zero repeats the size before it (as in the locale module).
            size = following or size
    return separator.join(reversed(groups))
