"""The backend for Jinja2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist, TemplateSyntaxError
from hotclub.conf import settings
from hotclub.template.backends.base import BaseEngine
from hotclub.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string

try:
    import jinja2
except ImportError as error:
    raise ImportError('The Jinja2 backend needs Jinja2: pip install "hotclub[jinja2]".') from error

CONTEXT_LINES = 10


class Jinja2(BaseEngine):
    """Templates in Jinja2's language, from `jinja2` directories.

    Args:
        params: an entry of `TEMPLATES`; `OPTIONS` are those of the environment, besides `environment` (the dotted
            path of a function that makes one) and `context_processors`.
    """

    app_dirname = "jinja2"

    def __init__(self, params: dict[str, Any]) -> None:
        params = params.copy()
        options = params.pop("OPTIONS").copy()
        super().__init__(params)
        self.context_processors: list[str] = options.pop("context_processors", [])
        environment = import_string(options.pop("environment", "jinja2.Environment"))
        if "loader" not in options:
            options["loader"] = jinja2.FileSystemLoader(self.template_dirs)
        options.setdefault("autoescape", True)
        options.setdefault("auto_reload", settings.DEBUG)
        options.setdefault("undefined", jinja2.DebugUndefined if settings.DEBUG else jinja2.Undefined)
        self.env = environment(**options)

    def from_string(self, template_code: str) -> Template:
        return Template(self.env.from_string(template_code), self)

    def get_template(self, template_name: Any) -> Template:
        try:
            return Template(self.env.get_template(template_name), self)
        except jinja2.TemplateNotFound as error:
            raise TemplateDoesNotExist(error.name, backend=self) from error
        except jinja2.TemplateSyntaxError as error:
            new = TemplateSyntaxError(error.args)
            new.template_debug = place_of_error(error)  # type: ignore[attr-defined]  # read by the debug page
            raise new from error

    @cached_property
    def template_context_processors(self) -> list[Any]:
        """The context processors as functions."""
        return [import_string(path) for path in self.context_processors]


class Template:
    """A Jinja2 template behind the documented interface."""

    def __init__(self, template: Any, backend: Jinja2) -> None:
        self.template = template
        self.backend = backend
        self.origin = Origin(name=template.filename, template_name=template.name)

    def render(self, context: dict[str, Any] | None = None, request: Any = None) -> str:
        """Return the text of the template; with a request, `csrf_input` and `csrf_token` are known."""
        context = {} if context is None else context
        if request is not None:
            context["request"] = request
            context["csrf_input"] = csrf_input_lazy(request)
            context["csrf_token"] = csrf_token_lazy(request)
            for processor in self.backend.template_context_processors:
                context.update(processor(request))
        try:
            return self.template.render(context)  # type: ignore[no-any-return]  # Jinja2 gives text
        except jinja2.TemplateSyntaxError as error:
            new = TemplateSyntaxError(error.args)
            new.template_debug = place_of_error(error)  # type: ignore[attr-defined]  # read by the debug page
            raise new from error


class Origin:
    """Where a Jinja2 template comes from; it has no loader of ours."""

    def __init__(self, name: Any, template_name: Any) -> None:
        self.name = name
        self.template_name = template_name


def place_of_error(exception: Any) -> dict[str, Any]:
    """Describe the place of a syntax error as the debug page expects it."""
    lineno = exception.lineno
    source = exception.source
    if source is None:
        path = Path(exception.filename)
        source = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = list(enumerate(source.strip().split("\n"), start=1)) if source else []
    total = len(lines)
    top = max(0, lineno - CONTEXT_LINES - 1)
    bottom = min(total, lineno + CONTEXT_LINES)
    return {
        "name": exception.filename,
        "message": exception.message,
        "source_lines": lines[top:bottom],
        "line": lineno,
        "before": "",
        "during": lines[lineno - 1][1] if 0 < lineno <= total else "",
        "after": "",
        "total": total,
        "top": top,
        "bottom": bottom,
    }
