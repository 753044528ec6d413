"""Renderers of forms: where their templates come from."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from hotclub.conf import settings
from hotclub.forms.stock import STOCK
from hotclub.template.backends.django import DjangoTemplates as DjangoTemplatesBackend
from hotclub.template.loader import get_template
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string


@functools.lru_cache(maxsize=8)
def _renderer_of(path: str) -> Any:
    return import_string(path)()


def get_default_renderer() -> Any:
    """Return the renderer the setting `FORM_RENDERER` names; one instance for each."""
    return _renderer_of(settings.FORM_RENDERER)


get_default_renderer.cache_clear = _renderer_of.cache_clear  # type: ignore[attr-defined]  # test tools clear it


class BaseRenderer:
    """What all renderers share: the default templates and `render()`."""

    form_template_name = "hotclub/forms/div.html"
    formset_template_name = "hotclub/forms/formsets/div.html"
    field_template_name = "hotclub/forms/field.html"
    bound_field_class: Any = None

    def get_template(self, template_name: str) -> Any:
        """Return the template of that name; to be overridden."""
        raise NotImplementedError("subclasses must implement get_template()")

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Return the template rendered with a context."""
        template = self.get_template(template_name)
        rendered: str = template.render(context, request=request)
        return rendered.strip()


class EngineMixin:
    """A renderer with an engine of its own: the built-in templates first, then those of installed apps."""

    backend: Any

    def get_template(self, template_name: str) -> Any:
        return self.engine.get_template(template_name)

    @cached_property
    def engine(self) -> Any:
        """The template engine."""
        return self.backend(
            {
                "APP_DIRS": True,
                "DIRS": [Path(__file__).parent / self.backend.app_dirname],
                "NAME": "djangoforms",
                "OPTIONS": {},
            }
        )


class DjangoTemplates(EngineMixin, BaseRenderer):
    """Renders with the Django template language; the built-in templates by functions that give the same."""

    backend = DjangoTemplatesBackend

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        stock = STOCK.get(template_name)
        if stock is not None and self._keeps_stock_templates():
            html = stock(context)
            if html is not None:
                return html.strip()
        return super().render(template_name, context, request)

    def _keeps_stock_templates(self) -> bool:
        """Whether this class finds its templates as documented: a subclass may look elsewhere first."""
        own = type(self)
        return own is DjangoTemplates or (
            own.get_template is DjangoTemplates.get_template
            and own.engine is DjangoTemplates.engine
            and own.backend is DjangoTemplatesBackend
        )


class Jinja2(EngineMixin, BaseRenderer):
    """Renders with Jinja2 (`pip install "hotclub[jinja2]"`)."""

    @cached_property
    def backend(self) -> Any:
        """The template backend."""
        from hotclub.template.backends.jinja2 import Jinja2 as Backend  # noqa: PLC0415  # optional dependency

        return Backend


class TemplatesSetting(BaseRenderer):
    """Renders with the engines of the setting `TEMPLATES`."""

    def get_template(self, template_name: str) -> Any:
        return get_template(template_name)
