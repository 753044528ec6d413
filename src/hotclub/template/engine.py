"""An engine of the template language: options, libraries and loaders.

It is created from explicit options, so templates can be used without settings; only `get_default` asks for them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from hotclub._kernel.late_modules import LateModule
from hotclub._template.context import Context, make_context
from hotclub._template.errors import TemplateDoesNotExist
from hotclub._template.library import Library, import_library
from hotclub._template.nodes import COMPILE_AFTER
from hotclub._template.template import Origin, PartialTemplate, Template, default_engine
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.template.code_store import CodeStore
from hotclub.template.handler import engines
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string

_FORM_TEMPLATES = ("django/forms/", "hotclub/forms/")
"""Existing projects name form templates by the first prefix; ours live under the second."""

if TYPE_CHECKING:
    from hotclub._template.contextual import analysis as contextual
else:
    contextual = LateModule("hotclub._template.contextual.analysis")


class EngineExtras(TypedDict, total=False):
    """Options of an engine beyond the documented ones, all by keyword.

    Attributes:
        code_dir: folder in which the compiled code of templates is kept for other processes; only the user of the
            process may be able to write to it.
        compile_after: how many renderings of a template come before it is compiled; 0 compiles at once, None never.
        escaping: "html" (the documented escaping), "contextual" (by the place in the HTML that a value stands in) or "warn"
            (the documented one, with a warning for each place that it is not made for).
    """

    code_dir: Any
    compile_after: int | None
    escaping: str


class Engine:
    """Loads and renders templates of one configuration.

    Args:
        dirs: where the filesystem loader looks.
        app_dirs: whether applications' `templates` directories are searched too.
        context_processors: dotted paths of functions of a request, for `RequestContext`.
        debug: keep positions for error pages.
        loaders: dotted paths (or lists of path and arguments); cached ones by default.
        string_if_invalid: shown for variables that do not exist; `%s` in it stands for the variable.
        file_charset: of template files.
        libraries: names and dotted paths of what `{% load %}` may load.
        builtins: dotted paths of further libraries that are always loaded.
        autoescape: whether output is escaped.
        **_extras: options of our own, see `EngineExtras`.

    Raises:
        ImproperlyConfigured: `app_dirs` and `loaders` are both given, or `code_dir` cannot be used.
    """

    default_builtins = [
        "hotclub.template.defaulttags",
        "hotclub.template.defaultfilters",
        "hotclub.template.loader_tags",
    ]

    def __init__(
        self,
        dirs: Sequence[Any] | None = None,
        app_dirs: bool = False,
        context_processors: Sequence[str] | None = None,
        debug: bool = False,
        loaders: Sequence[Any] | None = None,
        string_if_invalid: str = "",
        file_charset: str = "utf-8",
        libraries: dict[str, str] | None = None,
        builtins: Sequence[str] | None = None,
        autoescape: bool = True,
        **_extras: Unpack[EngineExtras],
    ) -> None:
        if loaders is None:
            plain = ["hotclub.template.loaders.filesystem.Loader"]
            if app_dirs:
                plain.append("hotclub.template.loaders.app_directories.Loader")
            loaders = [("hotclub.template.loaders.cached.Loader", plain)]
        elif app_dirs:
            raise ImproperlyConfigured("app_dirs must not be set when loaders is defined.")
        self.dirs = [] if dirs is None else dirs
        self.app_dirs = app_dirs
        self.autoescape = autoescape
        self.context_processors = [] if context_processors is None else context_processors
        self.debug = debug
        self.loaders = loaders
        self.string_if_invalid = string_if_invalid
        self.file_charset = file_charset
        self.libraries = {} if libraries is None else libraries
        self.template_libraries = self.get_template_libraries(self.libraries)
        self.builtins = self.default_builtins + list(builtins or ())
        self.template_builtins = self.get_template_builtins(self.builtins)
        unknown = _extras.keys() - EngineExtras.__annotations__.keys()
        if unknown:
            raise TypeError(f"Engine got an unexpected option {', '.join(map(repr, sorted(unknown)))}")
        self.compile_after: int | None = _extras.get("compile_after", COMPILE_AFTER)
        self.escaping = _extras.get("escaping", "html")
        if self.escaping != "html" and self.escaping not in contextual.MODES:
            raise ImproperlyConfigured(
                f"Unknown escaping {self.escaping!r}; it should be one of {', '.join(map(repr, contextual.MODES))}."
            )
        self.code_dir = _extras.get("code_dir")
        self.code_store = None if self.code_dir is None else CodeStore(self.code_dir, self)

    def __repr__(self) -> str:
        optional = {"dirs": self.dirs, "context_processors": self.context_processors, "libraries": self.libraries}
        parts = []
        for name in [
            "dirs",
            "app_dirs",
            "context_processors",
            "debug",
            "loaders",
            "string_if_invalid",
            "file_charset",
            "libraries",
            "builtins",
            "autoescape",
        ]:
            value = getattr(self, name)
            if name in optional and not value:
                continue
            parts.append(f"{name}={value!r}")
        return f"<{self.__class__.__qualname__}: {' '.join(parts)}>"

    @staticmethod
    @functools.lru_cache(maxsize=1)
    def get_default() -> Engine:
        """Return the first configured engine of our language.

        Raises:
            ImproperlyConfigured: `TEMPLATES` has none.
        """
        for backend in engines.all():
            engine = getattr(backend, "engine", None)
            if isinstance(engine, Engine):
                return engine
        raise ImproperlyConfigured("No DjangoTemplates backend is configured.")

    @cached_property
    def template_context_processors(self) -> tuple[Any, ...]:
        """The context processors as functions; the token for forms is always there."""
        paths = ("hotclub.template.context_processors.csrf", *self.context_processors)
        return tuple(import_string(path) for path in paths)

    def get_template_builtins(self, builtins: Iterable[str]) -> list[Library]:
        """Import the libraries that are always loaded."""
        return [import_library(path) for path in builtins]

    def get_template_libraries(self, libraries: dict[str, str]) -> dict[str, Library]:
        """Import the libraries that may be loaded."""
        return {name: import_library(path) for name, path in libraries.items()}

    @cached_property
    def template_loaders(self) -> list[Any]:
        """The loaders, in order."""
        return self.get_template_loaders(self.loaders)

    def get_template_loaders(self, template_loaders: Iterable[Any]) -> list[Any]:
        """Create loaders from their paths."""
        return [self.find_template_loader(loader) for loader in template_loaders]

    def find_template_loader(self, loader: Any) -> Any:
        """Create one loader from its path, or from a list of path and arguments."""
        args: list[Any] = []
        if isinstance(loader, (tuple, list)):
            loader, *args = loader
        if isinstance(loader, str):
            return import_string(loader)(self, *args)
        raise ImproperlyConfigured(f"Invalid value in template loaders configuration: {loader!r}")

    def review(self, template: Any) -> None:
        """Look a template over that was just parsed, as the engine's options ask for."""
        if self.escaping != "html":
            contextual.apply(template, self.escaping)

    def find_template(self, name: Any, dirs: Any = None, skip: Any = None) -> tuple[Any, Origin]:
        """Return a template and its origin.

        Args:
            name: its name.
            dirs: not used; kept for callers that pass it.
            skip: origins to pass over.

        Raises:
            TemplateDoesNotExist: no loader has it.
        """
        tried: list[Any] = []
        for candidate in _names(name):
            for loader in self.template_loaders:
                try:
                    template = loader.get_template(candidate, skip=skip)
                    return template, template.origin
                except TemplateDoesNotExist as error:
                    tried.extend(error.tried)
        raise TemplateDoesNotExist(name, tried=tried)

    def from_string(self, template_code: Any) -> Template:
        """Return a template for a source text."""
        return Template(template_code, engine=self)

    def get_template(self, template_name: Any) -> Any:
        """Return a template, or a partial of one for `name#partial`.

        Raises:
            TemplateDoesNotExist: there is no such template or partial.
        """
        if not hasattr(template_name, "partition"):
            raise TemplateDoesNotExist(template_name)
        name, _, partial_name = template_name.partition("#")
        if not name:
            raise TemplateDoesNotExist(template_name)
        template, origin = self.find_template(name)
        if not hasattr(template, "render"):
            # A loader may give the source only.
            template = Template(template, origin, name, engine=self)
        return self._partial(template, name, partial_name) if partial_name else template

    def _partial(self, template: Any, name: str, partial_name: str) -> PartialTemplate:
        extra_data = getattr(template, "extra_data", None)
        partials = extra_data.get("partials") if isinstance(extra_data, dict) else None
        partial = partials.get(partial_name) if isinstance(partials, dict) else None
        if partial is None:
            raise TemplateDoesNotExist(partial_name, tried=[(getattr(template, "origin", name), "Partial not defined")])
        partial.engine = self
        return partial  # type: ignore[no-any-return]  # made by partialdef

    def render_to_string(self, template_name: Any, context: Any = None) -> str:
        """Render one or the first existing of several templates."""
        template = (
            self.select_template(template_name)
            if isinstance(template_name, (list, tuple))
            else self.get_template(template_name)
        )
        if isinstance(context, Context):
            return template.render(context)  # type: ignore[no-any-return]  # documented type
        return template.render(make_context(context, autoescape=self.autoescape))  # type: ignore[no-any-return]

    def select_template(self, template_name_list: Iterable[str]) -> Any:
        """Return the first template that exists.

        Raises:
            TemplateDoesNotExist: none does.
        """
        if not template_name_list:
            raise TemplateDoesNotExist("No template names provided")
        missing: list[str] = []
        for name in template_name_list:
            try:
                return self.get_template(name)
            except TemplateDoesNotExist as error:
                if error.args[0] not in missing:
                    missing.append(error.args[0])
        raise TemplateDoesNotExist(", ".join(missing))


def _names(name: Any) -> tuple[Any, ...]:
    old, ours = _FORM_TEMPLATES
    if isinstance(name, str) and name.startswith(old):
        return name, ours + name[len(old) :]
    return (name,)


default_engine.find = lambda: Engine.get_default()
