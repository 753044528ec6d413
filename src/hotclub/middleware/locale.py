"""`LocaleMiddleware`: the language of a request, from its path, cookie and headers."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.conf.urls.i18n import is_language_prefix_patterns_used
from hotclub.http import HttpResponseRedirect
from hotclub.middleware.inline import runs_inline
from hotclub.urls import get_script_prefix, is_valid_path
from hotclub.utils import translation
from hotclub.utils.cache import patch_vary_headers
from hotclub.utils.deprecation import MiddlewareMixin


class LocaleMiddleware(MiddlewareMixin):
    """Activates the language of each request.

    Source: docs topics/i18n/translation, "How Django discovers language preference".
    """

    response_redirect_class: Any = HttpResponseRedirect

    @runs_inline
    def process_request(self, request: Any) -> None:
        """Activate the language, and keep it in `request.LANGUAGE_CODE`."""
        urlconf = getattr(request, "urlconf", settings.ROOT_URLCONF)
        patterns_used, prefixed_default = is_language_prefix_patterns_used(urlconf)
        language = translation.get_language_from_request(request, check_path=patterns_used)
        # Where the default language has no prefix, a path without one means that language.
        if patterns_used and not prefixed_default and not translation.get_language_from_path(request.path_info):
            language = settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Redirect what was not found to its path with a language prefix; set Content-Language."""
        language = translation.get_language()
        language_from_path = translation.get_language_from_path(request.path_info)
        urlconf = getattr(request, "urlconf", settings.ROOT_URLCONF)
        patterns_used, prefixed_default = is_language_prefix_patterns_used(urlconf)
        if response.status_code == 404 and not language_from_path and patterns_used and prefixed_default:
            path = f"/{language}{request.path_info}"
            valid: Any = is_valid_path(path, urlconf)
            needs_slash = not valid and settings.APPEND_SLASH and not path.endswith("/")
            if valid or (needs_slash and is_valid_path(f"{path}/", urlconf)):
                prefix = get_script_prefix()
                url = request.get_full_path(force_append_slash=needs_slash).replace(prefix, f"{prefix}{language}/", 1)
                # The target depends on what the language was taken from.
                redirect = self.response_redirect_class(url)
                patch_vary_headers(redirect, ("Accept-Language", "Cookie"))
                return redirect
        if not (patterns_used and language_from_path):
            patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", language)
        return response
