"""What template backends share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hotclub.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from hotclub.template.utils import get_app_template_dirs
from hotclub.utils._os import safe_join
from hotclub.utils.functional import cached_property


class BaseEngine:
    """A template backend, as an entry of `TEMPLATES` configures it.

    Args:
        params: the entry without `BACKEND` and, for a subclass that used them, without `OPTIONS`.

    Raises:
        ImproperlyConfigured: a parameter is unknown.
    """

    app_dirname: str | None = None
    """Name of the applications' directories; None if the backend does not look there."""

    def __init__(self, params: dict[str, Any]) -> None:
        params = params.copy()
        self.name: str = params.pop("NAME")
        self.dirs: list[Any] = list(params.pop("DIRS"))
        self.app_dirs: bool = params.pop("APP_DIRS")
        if params:
            raise ImproperlyConfigured(f"Unknown parameters: {', '.join(params)}")
        if self.app_dirs and self.app_dirname is None:
            raise ImproperlyConfigured(
                f"{self.__class__.__name__} doesn't support loading templates from installed applications."
            )

    def check(self, **kwargs: Any) -> list[Any]:
        """Return what system checks have to say about the configuration."""
        return []

    def from_string(self, template_code: str) -> Any:
        """Return a template for a source text; not every backend can."""
        raise NotImplementedError("subclasses of BaseEngine should provide a from_string() method")

    def get_template(self, template_name: Any) -> Any:
        """Return a template.

        Raises:
            TemplateDoesNotExist: there is none of that name.
        """
        raise NotImplementedError("subclasses of BaseEngine must provide a get_template() method")

    @cached_property
    def template_dirs(self) -> tuple[Any, ...]:
        """The directories to look in."""
        found: Sequence[Any] = tuple(self.dirs)
        if self.app_dirs and self.app_dirname is not None:
            found = (*found, *get_app_template_dirs(self.app_dirname))
        return tuple(found)

    def iter_template_filenames(self, template_name: str) -> Iterator[str]:
        """Yield the paths at which a template may be, all inside of the directories."""
        for directory in self.template_dirs:
            try:
                yield safe_join(directory, template_name)
            except SuspiciousFileOperation:
                # The name points out of this directory; another one may contain it.
                continue
