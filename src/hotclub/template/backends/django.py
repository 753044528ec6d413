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
        return [*self._check_string_if_invalid(), *self._check_library_names()]

    def _check_string_if_invalid(self) -> list[Any]:
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

    def _check_library_names(self) -> list[Any]:
        modules: defaultdict[str, set[str]] = defaultdict(set)
        for name, path in get_template_tag_modules():
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
            reraise(error, self)

    def get_templatetag_libraries(self, custom_libraries: dict[str, str]) -> dict[str, str]:
        """Return names and paths of the libraries in applications, and those configured by hand."""
        return {**get_installed_libraries(), **custom_libraries}


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
            reraise(error, self.backend)


def copy_exception(exc: TemplateDoesNotExist, backend: Any = None) -> TemplateDoesNotExist:
    """Return a like error for a backend, without the traceback and causes of the first."""
    new = exc.__class__(exc.args[0], tried=exc.tried, backend=backend or exc.backend, chain=exc.chain)
    if hasattr(exc, "template_debug"):
        new.template_debug = exc.template_debug  # type: ignore[attr-defined]  # set by the engine in debug mode
    return new


def reraise(exc: TemplateDoesNotExist, backend: Any) -> NoReturn:
    """Raise a like error that knows its backend."""
    raise copy_exception(exc, backend) from exc


def get_template_tag_modules() -> Iterator[tuple[str, str]]:
    """Yield name and path of every tag library in `templatetags` packages of applications."""
    candidates = ["hotclub.templatetags", *(f"{config.name}.templatetags" for config in apps.get_app_configs())]
    for candidate in candidates:
        try:
            package = import_module(candidate)
        except ImportError:
            # No templatetags package here.
            continue
        if hasattr(package, "__path__"):
            for name in get_package_libraries(package):
                yield name.removeprefix(candidate).lstrip("."), name


def get_installed_libraries() -> dict[str, str]:
    """Return the names and paths of all libraries in applications."""
    return dict(get_template_tag_modules())


def get_package_libraries(pkg: Any) -> Iterator[str]:
    """Yield the paths of a package's modules that register tags.

    Raises:
        InvalidTemplateLibrary: one of them cannot be imported.
    """
    for entry in walk_packages(pkg.__path__, f"{pkg.__name__}."):
        try:
            module = import_module(entry.name)
        except ImportError as error:
            raise InvalidTemplateLibrary(
                f"Invalid template library specified. ImportError raised when trying to load '{entry.name}': {error}"
            ) from error
        if hasattr(module, "register"):
            yield entry.name
