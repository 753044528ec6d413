"""A Content Security Policy of a view's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hotclub.views.decorators.wrapping import change_response


def _override(attribute: str, config: Any) -> Callable[..., Any]:
    if not isinstance(config, Mapping):
        raise TypeError("CSP config should be a mapping.")

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        return change_response(view, lambda request, response: setattr(response, attribute, config))

    return decorate


def csp_override(config: Mapping[str, Any]) -> Callable[..., Any]:
    """Replace the policy of `SECURE_CSP`; an empty mapping sets none.

    Source: docs ref/csp, "Decorators".
    """
    return _override("_csp_config", config)


def csp_report_only_override(config: Mapping[str, Any]) -> Callable[..., Any]:
    """The same for `SECURE_CSP_REPORT_ONLY`."""
    return _override("_csp_ro_config", config)
