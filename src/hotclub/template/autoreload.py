"""Forgets cached templates when a template file changes during development."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotclub.dispatch import receiver
from hotclub.template.backends.django import DjangoTemplates
from hotclub.template.handler import engines
from hotclub.utils._os import to_path
from hotclub.utils.autoreload import autoreload_started, file_changed
from hotclub.utils.module_loading import import_string


def get_template_directories() -> set[Path]:
    """Return the directories that engines of our language load from, except those of the package itself."""
    found: set[Path] = set()
    for backend in _backends():
        found.update(_absolute(directory) for directory in backend.engine.dirs if directory)
        for loader in backend.engine.template_loaders:
            if hasattr(loader, "get_dirs"):
                found.update(_absolute(path) for path in loader.get_dirs() if path and not _is_own(path))
    return found


def _absolute(path: Any) -> Path:
    return Path.cwd() / to_path(path)


def _is_own(path: Any) -> bool:
    package = Path(__file__).resolve().parent.parent
    return package in Path(path).resolve().parents


def _backends() -> list[DjangoTemplates]:
    return [backend for backend in engines.all() if isinstance(backend, DjangoTemplates)]


def reset_loaders() -> None:
    """Let all loaders forget what they loaded, those of the form renderer too."""
    # By path: forms lie above templates. A renderer over the settings' engines has no engine of its own.
    renderer = import_string("hotclub.forms.renderers.get_default_renderer")()
    for backend in (*_backends(), getattr(renderer, "engine", None)):
        if isinstance(backend, DjangoTemplates):
            for loader in backend.engine.template_loaders:
                loader.reset()


@receiver(autoreload_started, dispatch_uid="template_loaders_watch_changes")
def watch_for_template_changes(sender: Any, **kwargs: Any) -> None:
    """Let the reloader watch the template directories."""
    for directory in get_template_directories():
        sender.watch_dir(directory, "**/*")


@receiver(file_changed, dispatch_uid="template_loaders_file_changed")
def template_changed(sender: Any, file_path: Path, **kwargs: Any) -> bool | None:
    """Forget templates if one of their files changed; True tells the reloader that this is enough."""
    if file_path.suffix == ".py":
        return None
    for directory in get_template_directories():
        if directory in file_path.parents:
            reset_loaders()
            return True
    return None
