"""Localization switched off: numbers are as Python writes them, whatever the settings say."""

from __future__ import annotations

from decimal import Decimal

from hotclub.template import Context, Engine
from hotclub.test.utils import override_settings
from hotclub.utils import translation

ENGINE = Engine(libraries={"l10n": "hotclub.templatetags.l10n"})
NUMBERS = {"whole": 1455, "real": 3.14, "exact": Decimal("24.1567")}


def shown(text: str) -> str:
    with (
        translation.override("de"),
        override_settings(
            DECIMAL_SEPARATOR=",", USE_THOUSAND_SEPARATOR=True, THOUSAND_SEPARATOR="°", NUMBER_GROUPING=2
        ),
    ):
        return ENGINE.from_string("{% load l10n %}" + text).render(Context(NUMBERS))


def test_localize_off() -> None:
    """docs, topics/i18n/formatting: "disables localization" for the content of the block."""
    assert shown("{% localize off %}{{ whole }}/{{ real }}/{{ exact }}{% endlocalize %}") == "1455/3.14/24.1567"


def test_unlocalize() -> None:
    assert shown("{{ whole|unlocalize }}/{{ real|unlocalize }}/{{ real }}") == "1455/3.14/3,14"
