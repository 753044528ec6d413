"""Forgets catalogues when one of their files changes during development."""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Any

from asgiref.local import Local

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.utils.translation import trans_real

_PACKAGE = Path(__file__).resolve().parents[2]


def watch_for_translation_changes(sender: Any, **kwargs: Any) -> None:
    """Let the reloader watch the catalogues of the project and its applications, not those of the package itself."""
    if not settings.USE_I18N:
        return
    applications = (Path(config.path) for config in apps.get_app_configs())
    directories = [Path("locale")]
    directories += [path / "locale" for path in applications if _PACKAGE not in path.resolve().parents]
    directories += [Path(path) for path in settings.LOCALE_PATHS]
    for directory in directories:
        sender.watch_dir(directory, "**/*.mo")


def translation_file_changed(sender: Any, file_path: Path, **kwargs: Any) -> bool | None:
    """Forget all catalogues if a compiled one changed; True tells the reloader that this is enough."""
    if file_path.suffix != ".mo":
        return None
    gettext._translations = {}  # type: ignore[attr-defined]  # the standard library keeps what it read
    trans_real._translations = {}
    trans_real._default = None
    trans_real._active = Local()  # answers `value` as well
    return True
