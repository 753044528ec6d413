"""The token against forged requests, for backends without our tags."""

from __future__ import annotations

from typing import Any

from hotclub.utils.functional import lazy
from hotclub.utils.html import format_html
from hotclub.utils.module_loading import import_string
from hotclub.utils.safestring import SafeString


def get_token(request: Any) -> Any:
    """Return the token of a request; the middleware is found by its path, as it lies above the templates."""
    return import_string("hotclub.middleware.csrf.get_token")(request)


def csrf_input(request: Any) -> SafeString:
    """Return the hidden input that carries the token."""
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))


csrf_input_lazy = lazy(csrf_input, SafeString, str)
csrf_token_lazy = lazy(get_token, str)
