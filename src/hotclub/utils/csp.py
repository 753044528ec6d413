"""Content Security Policy: its keywords, its nonce, and the text of the header."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hotclub.utils.functional import SimpleLazyObject, empty


class CSP(StrEnum):
    """Keywords for policies, with the quotes they need."""

    HEADER_ENFORCE = "Content-Security-Policy"
    HEADER_REPORT_ONLY = "Content-Security-Policy-Report-Only"

    NONE = "'none'"
    REPORT_SAMPLE = "'report-sample'"
    SELF = "'self'"
    STRICT_DYNAMIC = "'strict-dynamic'"
    UNSAFE_EVAL = "'unsafe-eval'"
    UNSAFE_HASHES = "'unsafe-hashes'"
    UNSAFE_INLINE = "'unsafe-inline'"
    WASM_UNSAFE_EVAL = "'wasm-unsafe-eval'"

    # Replaced by the nonce of the request.
    NONCE = "<CSP_NONCE_SENTINEL>"


def generate_nonce() -> str:
    """Return a random text of 22 characters."""
    return secrets.token_urlsafe(16)


class LazyNonce(SimpleLazyObject):
    """The nonce of a request: made when it is first used; true if it was."""

    def __init__(self) -> None:
        super().__init__(generate_nonce)

    def __bool__(self) -> bool:
        return self._wrapped is not empty


def build_policy(config: Mapping[str, Any], nonce: Any = None) -> str:
    """Return the text of the header.

    Args:
        config: directives and their values: a text, a collection of them, True for a directive without value; None and
            False leave it out.
        nonce: stands in for `CSP.NONCE`; without one (or an unused one) that value is left out.
    """
    policy: list[str] = []
    for directive, values in config.items():
        if values is None or values is False:
            continue
        if values is True:
            policy.append(directive)
            continue
        if isinstance(values, set):
            # Sets have no order; the header shall be the same each time.
            values = sorted(values)
        elif not isinstance(values, list | tuple):
            values = [values]
        shown = []
        for value in values:
            if value == CSP.NONCE:
                if nonce:
                    shown.append(f"'nonce-{nonce}'")
            else:
                shown.append(str(value))
        if shown:
            policy.append(f"{directive} {' '.join(shown)}")
    return "; ".join(policy)
