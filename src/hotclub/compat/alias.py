"""The import alias: `import django.X` gives the very module `hotclub.X`.

`install_django_alias()` puts a finder in front of the import system. From then on unmodified Django apps and projects run:
their imports, the dotted strings in their settings, pickles, `importlib` and `pkgutil` all meet one set of modules, never a
copy. `python -m hotclub.compat manage.py …` runs a script under the alias.

The real Django and the alias cannot live in one process; where Django is imported already, installing refuses.

Rules:
    1. One module object has two names. Nothing is executed twice.
    2. Names inside (`__module__`, `repr`) are hotclub's; names from outside may be either's.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from hotclub.compat.undocumented import lend, lend_names, take_names_back

ALIAS = "django"
REAL = "hotclub"

API_VERSION = (6, 1, 3, "final", 0)
"""The release whose documented API hotclub follows: what apps that ask for `django.VERSION` want to know."""


class AliasError(ImportError):
    """The alias cannot be installed, because the real package is in use."""


def real_name(name: str) -> str:
    """Return the name of the module that a name under the alias stands for."""
    return REAL + name[len(ALIAS) :]


class _AliasLoader(importlib.abc.Loader):
    """Gives the real module; its own spec and loader stay as they are."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(real_name(spec.name))
        # The import system writes this spec on the module it gets back; `exec_module` undoes that.
        self._kept = {key: getattr(module, key, None) for key in ("__spec__", "__loader__", "__package__", "__name__")}
        return module

    def exec_module(self, module: ModuleType) -> None:
        for key, value in self._kept.items():
            setattr(module, key, value)
        lend(module)

    # runpy and inspect ask a loader for code and sources.

    def get_code(self, fullname: str) -> object:
        loader = self._real_loader(fullname)
        return loader.get_code(real_name(fullname)) if loader is not None else None

    def get_source(self, fullname: str) -> str | None:
        loader = self._real_loader(fullname)
        return loader.get_source(real_name(fullname)) if loader is not None else None

    def is_package(self, fullname: str) -> bool:
        loader = self._real_loader(fullname)
        return loader is not None and loader.is_package(real_name(fullname))

    def get_filename(self, fullname: str) -> str | None:
        spec = importlib.util.find_spec(real_name(fullname))
        return spec.origin if spec is not None else None

    @staticmethod
    def _real_loader(fullname: str) -> importlib.abc.InspectLoader | None:
        spec = importlib.util.find_spec(real_name(fullname))
        loader = spec.loader if spec is not None else None
        return loader if isinstance(loader, importlib.abc.InspectLoader) else None


class _AliasFinder(importlib.abc.MetaPathFinder):
    """Finds names under the alias, wherever a real module stands behind them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != ALIAS and not fullname.startswith(f"{ALIAS}."):
            return None
        try:
            real = importlib.util.find_spec(real_name(fullname))
        except ModuleNotFoundError:
            real = None
        if real is None:
            return None
        spec = ModuleSpec(
            fullname, _AliasLoader(), origin=real.origin, is_package=real.submodule_search_locations is not None
        )
        spec.has_location = real.has_location
        if real.submodule_search_locations is not None:
            spec.submodule_search_locations = list(real.submodule_search_locations)
        return spec


def _installed_finder() -> _AliasFinder | None:
    return next((finder for finder in sys.meta_path if isinstance(finder, _AliasFinder)), None)


def _names_module(text: str) -> bool:
    """Say whether a dotted text begins with a module of ours: "django.contrib.admin", but not "django.example.com"."""
    second = text.split(".", 2)[1] if text.startswith(f"{ALIAS}.") else ""
    return second.isidentifier() and importlib.util.find_spec(f"{REAL}.{second}") is not None


class TwoNamed(str):
    """The real name of something in a setting; equal to its name under the alias as well.

    Packages ask `"django.contrib.sites" in settings.INSTALLED_APPS`.
    """

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True or (isinstance(other, str) and _is_alias_of(other, self))

    def __ne__(self, other: object) -> bool:
        return not self == other


def _is_alias_of(name: str, real: str) -> bool:
    return name.startswith(f"{ALIAS}.") and str.__eq__(real, real_name(name)) is True


def translated(value: Any) -> Any:
    """Return a setting's value with the real names in place of dotted names under the alias."""
    if isinstance(value, str):
        return TwoNamed(real_name(value)) if type(value) is str and _names_module(value) else value
    if isinstance(value, (list, tuple, set, frozenset)) and type(value) in (list, tuple, set, frozenset):
        return type(value)(translated(item) for item in value)
    if type(value) is dict:
        return {translated(key): translated(item) for key, item in value.items()}
    return value


def _translate_setting(name: str, value: Any) -> Any:
    value = translated(value)
    if name == "LOGGING" and isinstance(value, dict) and isinstance(value.get("loggers"), dict):
        # Loggers are called after the package, below it there need be no module.
        loggers = {
            real_name(key) if key == ALIAS or key.startswith(f"{ALIAS}.") else key: config
            for key, config in value["loggers"].items()
        }
        value = {**value, "loggers": loggers}
    return value


_own_version: dict[str, object] = {}


def install_django_alias() -> None:
    """Make `django` and everything below it another name of hotclub; calling it again changes nothing.

    `VERSION` and `__version__` say from then on which release's API hotclub follows, because apps decide by them.

    Raises:
        AliasError: the real Django is imported already.
    """
    if _installed_finder() is not None:
        return
    package = importlib.import_module(REAL)
    loaded = sys.modules.get(ALIAS)
    if loaded is not None and loaded is not package:
        where = getattr(loaded, "__file__", None) or "an unknown place"
        raise AliasError(
            f"django is imported already, from {where}, so it cannot become another name of hotclub in this process. "
            "Call hotclub.compat.install_django_alias() before anything imports django, or start the program with "
            "'python -m hotclub.compat'."
        )
    sys.meta_path.insert(0, _AliasFinder())
    lend_names()
    importlib.import_module(ALIAS)
    value_hooks = importlib.import_module(f"{REAL}.conf").value_hooks
    if _translate_setting not in value_hooks:
        value_hooks.append(_translate_setting)
    _own_version.update({name: getattr(package, name) for name in ("VERSION", "__version__")})
    package.VERSION = API_VERSION  # type: ignore[attr-defined]  # a module's attribute
    package.__version__ = ".".join(map(str, API_VERSION[:3]))  # type: ignore[attr-defined]


def uninstall_django_alias() -> None:
    """Take the alias back: names under it can no longer be imported. For tests."""
    finder = _installed_finder()
    if finder is not None:
        sys.meta_path.remove(finder)
        take_names_back()
        importlib.import_module(f"{REAL}.conf").value_hooks.remove(_translate_setting)
        package = sys.modules[REAL]
        for name, value in _own_version.items():
            setattr(package, name, value)
    for name in [name for name in sys.modules if name == ALIAS or name.startswith(f"{ALIAS}.")]:
        if sys.modules[name] is sys.modules.get(real_name(name)):
            del sys.modules[name]
