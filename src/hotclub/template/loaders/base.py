"""What loaders share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist
from hotclub._template.template import Origin, Template


class Loader:
    """Finds the source of templates.

    Args:
        engine: the engine it works for.

    A loader of your own gives `get_template_sources` and `get_contents`.
    """

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def get_template(self, template_name: Any, skip: Any = None) -> Any:
        """Return a template.

        Args:
            template_name: its name.
            skip: origins to pass over, for templates that extend one of the same name.

        Raises:
            TemplateDoesNotExist: no source has it; `tried` says which were looked at.
        """
        tried: list[tuple[Any, str]] = []
        for origin in self.get_template_sources(template_name):
            if skip is not None and origin in skip:
                tried.append((origin, "Skipped to avoid recursion"))
                continue
            try:
                contents = self.get_contents(origin)
            except TemplateDoesNotExist:
                tried.append((origin, "Source does not exist"))
                continue
            return Template(contents, origin, origin.template_name, self.engine)
        raise TemplateDoesNotExist(template_name, tried=tried)

    def get_template_sources(self, template_name: Any) -> Iterable[Origin]:
        """Yield the places where a template may be."""
        raise NotImplementedError("subclasses of Loader must provide a get_template_sources() method")

    def get_contents(self, origin: Origin) -> str:
        """Return the source at a place.

        Raises:
            TemplateDoesNotExist: there is none.
        """
        raise NotImplementedError("subclasses of Loader must provide a get_contents() method")

    def get_dirs(self) -> Iterable[Any]:
        """Return the directories the loader reads, if it reads any."""
        return ()

    def reset(self) -> None:
        """Forget what was loaded; for loaders that keep something."""
