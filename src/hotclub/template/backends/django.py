"""The backend for our own template language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, NoReturn

from hotclub._template.context import make_context
from hotclub._template.errors import TemplateDoesNotExist
from hotclub._template.library import InvalidTemplateLibrary
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.checks import Error, Warning
from hotclub.template.backends.base import BaseEngine
from hotclub.template.engine import Engine


class DjangoTemplates(BaseEngine):
    """Templates in the documented language.

    Args:
        params: an entry of `TEMPLATES`; `OPTIONS` are those of `Engine`.
    """

    app_dirname = "templates"

    def __init__(self, params: dict[str, Any]) -> None:
        params = params.copy()
        options = params.pop("OPTIONS").copy()
        options.setdefault("autoescape", True)
        options.setdefault("debug", settings.DEBUG)
        options.setdefault("file_charset", "utf-8")
        options["libraries"] = self.get_templatetag_libraries(options.get("libraries", {}))
        super().__init__(params)
        self.engine = Engine(self.dirs, self.app_dirs, **options)

    def check(self, **kwargs: Any) -> list[Any]:
        return [*self._check_string_if_invalid_is_string(), *self._check_for_template_tags_with_the_same_name()]

    def _check_string_if_invalid_is_string(self) -> list[Any]:
        value = self.engine.string_if_invalid
        if isinstance(value, str):
            return []
        return [
            Error(
                f"'string_if_invalid' in TEMPLATES OPTIONS must be a string but got: {value!r} ({type(value)}).",
                obj=self,
                id="templates.E002",
            )
        ]

    def _check_for_template_tags_with_the_same_name(self) -> list[Any]:
        modules: defaultdict[str, set[str]] = defaultdict(set)
        for name, path in library_modules():
            modules[name].add(path)
        for name, path in self.engine.libraries.items():
            modules[name].add(path)
        return [
            Warning(
                f"{name!r} is used for multiple template tag modules: {', '.join(map(repr, sorted(paths)))}",
                obj=self,
                id="templates.W003",
            )
            for name, paths in modules.items()
            if len(paths) > 1
        ]

    def from_string(self, template_code: str) -> Template:
        return Template(self.engine.from_string(template_code), self)

    def get_template(self, template_name: Any) -> Template:
        try:
            return Template(self.engine.get_template(template_name), self)
        except TemplateDoesNotExist as error:
            raise_for(error, self)

    def get_templatetag_libraries(self, custom_libraries: dict[str, str]) -> dict[str, str]:
        """Return names and paths of the libraries in applications, and those configured by hand."""
        return {**dict(library_modules()), **custom_libraries}


class Template:
    """A template of the backend: rendered with a dictionary and a request.

    Args:
        template: the template of the language.
        backend: the backend it belongs to.
    """

    def __init__(self, template: Any, backend: DjangoTemplates) -> None:
        self.template = template
        self.backend = backend

    @property
    def origin(self) -> Any:
        """Where the template comes from."""
        return self.template.origin

    def render(self, context: dict[str, Any] | None = None, request: Any = None) -> str:
        """Return the text of the template.

        Args:
            context: names and values.
            request: made known to context processors.
        """
        bound = make_context(context, request, autoescape=self.backend.engine.autoescape)
        try:
            return self.template.render(bound)  # type: ignore[no-any-return]  # documented type
        except TemplateDoesNotExist as error:
            raise_for(error, self.backend)


def like_error(exc: TemplateDoesNotExist, backend: Any = None) -> TemplateDoesNotExist:
    """Return a like error for a backend, without the traceback and causes of the first."""
    new = exc.__class__(exc.args[0], tried=exc.tried, backend=backend or exc.backend, chain=exc.chain)
    if hasattr(exc, "template_debug"):
        new.template_debug = exc.template_debug  # type: ignore[attr-defined]  # set by the engine in debug mode
    return new


def raise_for(exc: TemplateDoesNotExist, backend: Any) -> NoReturn:
    """Raise a like error that knows its backend."""
    raise like_error(exc, backend) from exc


def library_modules() -> Iterator[tuple[str, str]]:
    """Yield name and path of every tag library in `templatetags` packages of applications.

    Raises:
        InvalidTemplateLibrary: one of their modules cannot be imported.
    """
    for application in ("hotclub", *(config.name for config in apps.get_app_configs())):
        package_name = f"{application}.templatetags"
        try:
            package = import_module(package_name)
        except ImportError:
            continue  # an application without tags
        for entry in walk_packages(getattr(package, "__path__", ()), f"{package_name}."):
            try:
                module = import_module(entry.name)
            except ImportError as error:
                raise InvalidTemplateLibrary(
                    "Invalid template library specified. ImportError raised when trying to load "
                    f"'{entry.name}': {error}"
                ) from error
            if hasattr(module, "register"):
                yield entry.name[len(package_name) + 1 :], entry.name
