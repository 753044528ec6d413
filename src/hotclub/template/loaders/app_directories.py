"""Loads templates from the `templates` directories of installed applications."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotclub.template.loaders.filesystem import Loader as FilesystemLoader
from hotclub.template.utils import get_app_template_dirs


class Loader(FilesystemLoader):
    """Looks in each application's `templates`."""

    def get_dirs(self) -> Iterable[Any]:
        return get_app_template_dirs("templates")
