"""Checks of the language settings."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Error
from hotclub.core.checks.registry import Tags, register
from hotclub.utils.translation import get_supported_language_variant
from hotclub.utils.translation.trans_real import language_code_re

E001 = Error("You have provided an invalid value for the LANGUAGE_CODE setting: {!r}.", id="translation.E001")
E002 = Error("You have provided an invalid language code in the LANGUAGES setting: {!r}.", id="translation.E002")
E003 = Error("You have provided an invalid language code in the LANGUAGES_BIDI setting: {!r}.", id="translation.E003")
E004 = Error(
    "You have provided a value for the LANGUAGE_CODE setting that is not in the LANGUAGES setting.",
    id="translation.E004",
)


def _invalid(tags: Any, template: Error) -> list[Any]:
    return [
        Error(template.msg.format(tag), id=template.id)
        for tag in tags
        if not isinstance(tag, str) or not language_code_re.match(tag)
    ]


@register(Tags.translation)
def check_setting_language_code(app_configs: Any, **kwargs: Any) -> list[Any]:
    return _invalid([settings.LANGUAGE_CODE], E001)


@register(Tags.translation)
def check_setting_languages(app_configs: Any, **kwargs: Any) -> list[Any]:
    return _invalid([tag for tag, _ in settings.LANGUAGES], E002)


@register(Tags.translation)
def check_setting_languages_bidi(app_configs: Any, **kwargs: Any) -> list[Any]:
    return _invalid(settings.LANGUAGES_BIDI, E003)


@register(Tags.translation)
def check_language_settings_consistent(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that the project's language is one of those it offers."""
    try:
        get_supported_language_variant(settings.LANGUAGE_CODE)
    except LookupError:
        return [E004]
    return []
