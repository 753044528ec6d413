"""Messages about one part of an array or range."""

from __future__ import annotations

from typing import Any

from hotclub.core.exceptions import ValidationError
from hotclub.utils.text import format_lazy


def prefix_validation_error(error: ValidationError, prefix: Any, code: str, params: dict[str, Any]) -> ValidationError:
    """Return an error whose messages begin with a text that says which part they are about.

    Args:
        error: what the part's field raised.
        prefix: the text, with placeholders for `params`.
        code: code of the new error.
        params: added to the parameters of the messages.
    """
    if error.error_list == [error]:
        own = error.params or {}
        return ValidationError(
            message=format_lazy("{} {}", prefix % params, error.message % own if own else error.message),
            code=code,
            params={**own, **params},
        )
    return ValidationError([prefix_validation_error(each, prefix, code, params) for each in error.error_list])
