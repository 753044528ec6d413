"""A backend for Python's `string.Template`: the smallest example of the protocol."""

from __future__ import annotations

import string
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist
from hotclub._template.template import Origin
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.template.backends.base import BaseEngine
from hotclub.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from hotclub.utils.html import conditional_escape


class TemplateStrings(BaseEngine):
    """Templates with `$name` holes, from `template_strings` directories."""

    app_dirname = "template_strings"

    def __init__(self, params: dict[str, Any]) -> None:
        params = params.copy()
        options = params.pop("OPTIONS").copy()
        if options:
            raise ImproperlyConfigured(f"Unknown options: {', '.join(options)}")
        super().__init__(params)

    def from_string(self, template_code: str) -> Template:
        return Template(template_code)

    def get_template(self, template_name: Any) -> Template:
        tried = []
        for filename in self.iter_template_filenames(template_name):
            try:
                with open(filename, encoding="utf-8") as file:
                    source = file.read()
            except FileNotFoundError:
                tried.append((Origin(filename, template_name, self), "Source does not exist"))
            else:
                return Template(source)
        raise TemplateDoesNotExist(template_name, tried=tried, backend=self)


class Template(string.Template):
    """A text with `$name` holes."""

    def render(self, context: dict[str, Any] | None = None, request: Any = None) -> str:
        """Return the text with its holes filled; values are escaped."""
        values = {name: conditional_escape(value) for name, value in (context or {}).items()}
        if request is not None:
            values["csrf_input"] = csrf_input_lazy(request)
            values["csrf_token"] = csrf_token_lazy(request)
        return self.safe_substitute(values)
