"""Exceptions of the template language.

::

    Exception
    ├── TemplateDoesNotExist
    ├── TemplateSyntaxError
    └── VariableDoesNotExist
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class TemplateDoesNotExist(Exception):
    """No loader found a template.

    Args:
        msg: name of the template.
        tried: pairs of origin and reason, one per place that was looked at.
        backend: template backend that looked.
        chain: the same error of other backends, for a look-up through several.
    """

    def __init__(
        self,
        msg: object,
        tried: Sequence[tuple[Any, str]] | None = None,
        backend: Any = None,
        chain: Sequence[TemplateDoesNotExist] | None = None,
    ) -> None:
        self.backend = backend
        self.tried: list[tuple[Any, str]] = list(tried or ())
        self.chain: list[TemplateDoesNotExist] = list(chain or ())
        super().__init__(msg)


class TemplateSyntaxError(Exception):
    """A template is not well-formed; the message says where and what was expected."""


class VariableDoesNotExist(Exception):
    """A variable path leads nowhere.

    Args:
        msg: text with `%` holes.
        params: values for the holes; they are formatted only when somebody reads the error.
    """

    def __init__(self, msg: str, params: tuple[Any, ...] = ()) -> None:
        self.msg = msg
        self.params = params

    def __str__(self) -> str:
        return self.msg % self.params


TemplateDoesNotExist.__module__ = "hotclub.template.exceptions"
TemplateSyntaxError.__module__ = "hotclub.template.exceptions"
VariableDoesNotExist.__module__ = "hotclub.template.base"
