"""Loads templates from a dictionary; useful in tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist
from hotclub._template.template import Origin
from hotclub.template.loaders.base import Loader as BaseLoader


class Loader(BaseLoader):
    """Looks in a dictionary.

    Args:
        engine: the engine it works for.
        templates_dict: sources by name.
    """

    def __init__(self, engine: Any, templates_dict: dict[str, str]) -> None:
        self.templates_dict = templates_dict
        super().__init__(engine)

    def get_contents(self, origin: Origin) -> str:
        try:
            return self.templates_dict[origin.name]
        except KeyError:
            raise TemplateDoesNotExist(origin)

    def get_template_sources(self, template_name: Any) -> Iterator[Origin]:
        yield Origin(name=template_name, template_name=template_name, loader=self)
