"""Loads templates from directories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist
from hotclub._template.template import Origin
from hotclub.core.exceptions import SuspiciousFileOperation
from hotclub.template.loaders.base import Loader as BaseLoader
from hotclub.utils._os import safe_join


class Loader(BaseLoader):
    """Looks in the engine's directories.

    Args:
        engine: the engine it works for.
        dirs: directories to look in instead.
    """

    def __init__(self, engine: Any, dirs: Any = None) -> None:
        super().__init__(engine)
        self.dirs = dirs

    def get_dirs(self) -> Iterable[Any]:
        dirs: Iterable[Any] = self.dirs if self.dirs is not None else self.engine.dirs
        return dirs

    def get_contents(self, origin: Origin) -> str:
        try:
            with open(origin.name, encoding=self.engine.file_charset) as file:
                return file.read()
        except FileNotFoundError:
            raise TemplateDoesNotExist(origin)

    def get_template_sources(self, template_name: Any) -> Iterator[Origin]:
        for directory in self.get_dirs():
            try:
                name = safe_join(directory, template_name)
            except SuspiciousFileOperation:
                # The name points out of this directory; another one may contain it.
                continue
            yield Origin(name=name, template_name=template_name, loader=self)
