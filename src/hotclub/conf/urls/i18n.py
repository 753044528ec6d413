"""`i18n_patterns()` and the pattern of the language-choosing view."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.urls import LocalePrefixPattern, URLResolver, get_resolver, path
from hotclub.views.i18n import set_language


def i18n_patterns(*urls: Any, prefix_default_language: bool = True) -> list[Any]:
    """Put the language code before patterns; only in the root URLconf.

    Source: docs topics/i18n/translation, "Language prefix in URL patterns".
    """
    if not settings.USE_I18N:
        return list(urls)
    return [URLResolver(LocalePrefixPattern(prefix_default_language=prefix_default_language), list(urls))]


_found: dict[Any, tuple[Any, tuple[bool, bool]]] = {}
MAX_URLCONFS = 256


def is_language_prefix_patterns_used(urlconf: Any) -> tuple[bool, bool]:
    """Say whether a URLconf uses `i18n_patterns()`, and whether the default language has a prefix there."""
    resolver = get_resolver(urlconf)
    held = _found.get(id(resolver))
    if held is not None and held[0] is resolver:
        return held[1]
    answer = (False, False)
    for item in resolver.url_patterns:
        if isinstance(getattr(item, "pattern", None), LocalePrefixPattern):
            answer = (True, item.pattern.prefix_default_language)
            break
    if len(_found) >= MAX_URLCONFS:
        _found.clear()
    _found[id(resolver)] = (resolver, answer)
    return answer


urlpatterns = [path("setlang/", set_language, name="set_language")]
