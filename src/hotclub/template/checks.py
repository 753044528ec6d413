"""The system check that reads templates.

It parses every template file of the project without rendering it. It runs with `check --tag templates`, where nothing else
is asked for, and with `check --deploy`; not with every `check`, as a project may keep files in its template directories
that are no templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any, cast

from hotclub._template.errors import TemplateDoesNotExist, TemplateSyntaxError
from hotclub._template.nodes import walk
from hotclub._template.tags.inheritance import ExtendsNode, IncludeNode
from hotclub._template.template import Origin, Template
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.checks import Error, Warning
from hotclub.template.backends.django import DjangoTemplates
from hotclub.template.defaulttags import URLNode
from hotclub.template.handler import engines
from hotclub.utils.module_loading import import_string

SUFFIXES = frozenset({".html", ".htm", ".txt", ".xml"})
"""Files that are taken for templates."""

MOST_FILES = 10_000
"""Further files of an engine are not read."""

MOST_BYTES = 2_000_000
"""A larger file is not read."""


def check_template_sources(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Parse the project's templates and look for what they name."""
    messages: list[Any] = []
    for backend in engines.all():
        if isinstance(backend, DjangoTemplates):
            files = template_files(backend)
            for path, name in islice(files, MOST_FILES):
                messages += check_source(backend, path, name)
            if next(files, None) is not None:
                messages.append(
                    Warning(
                        f"There are more than {MOST_FILES} template files; the rest was not read.",
                        obj=backend,
                        id="templates.W106",
                    )
                )
    return messages


def template_files(backend: DjangoTemplates) -> Iterator[tuple[Path, str]]:
    """Yield path and name of the project's template files; those of installed packages are not the project's."""
    own = Path(__file__).resolve().parents[1]
    for directory in backend.template_dirs:
        root = Path(directory).resolve()
        if own in root.parents or "site-packages" in root.parts or not root.is_dir():
            continue
        for path in sorted(root.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size <= MOST_BYTES:
                yield path, path.relative_to(root).as_posix()


def check_source(backend: DjangoTemplates, path: Path, name: str) -> list[Any]:
    """Check one template.

    Returns:
        `templates.E101` for a syntax error (an unknown tag, filter or library among them), `templates.W102` for a
        missing template, `templates.W103` for a missing static file, `templates.W104` for an unknown route and
        `templates.E105` for what a node finds wrong with itself (its class has `problems(engine)`).
    """
    engine = backend.engine
    try:
        source = path.read_text(encoding=engine.file_charset)
    except (OSError, UnicodeDecodeError) as error:
        return [Error(f"{path}: cannot be read: {error}", obj=name, id="templates.E101")]
    try:
        template = Template(source, Origin(str(path), name), name, engine)
    except TemplateSyntaxError as error:
        line = getattr(getattr(error, "token", None), "lineno", "?")
        message = getattr(error, "raw_error_message", str(error))
        return [Error(f"{path}, line {line}: {message}", obj=name, id="templates.E101")]
    nodes = list(walk(template.nodelist))
    return [
        *_missing_templates(engine, path, nodes, name),
        *_missing_static_files(path, nodes, name),
        *_unknown_routes(path, nodes, name),
        *(
            Error(f"{path}, line {_line(node)}: {text}", obj=name, id="templates.E105")
            for node, text in node_problems(engine, template.nodelist)
        ),
    ]


def _constant(expression: Any) -> str | None:
    """Return the text of an expression that is a quoted text and nothing more."""
    if expression is None or expression.is_var or expression.filters or not isinstance(expression.var, str):
        return None
    return str(expression.var)


def _line(node: Any) -> Any:
    return getattr(getattr(node, "token", None), "lineno", "?")


def _unknown_routes(path: Path, nodes: Iterable[Any], name: str) -> Iterator[Any]:
    """Yield a warning for each `{% url %}` whose constant name no route has; `as` asks whether there is one, so it may."""
    wanted_nodes = [
        (node, wanted)
        for node in nodes
        if isinstance(node, URLNode) and node.asvar is None and (wanted := _constant(node.view_name))
    ]
    if not wanted_nodes or not getattr(settings, "ROOT_URLCONF", None):
        return
    # By path: routes are resolved above templates.
    resolver = import_string("hotclub.urls.get_resolver")()
    for node, wanted in wanted_nodes:
        known = route_names(resolver, wanted)
        if known is not None:
            close = get_close_matches(wanted, known, n=1)
            yield Warning(
                f"{path}, line {_line(node)}: there is no route {wanted!r}.",
                hint=f"Did you mean {close[0]!r}?" if close else "Add it to a URLconf, or correct the name.",
                obj=name,
                id="templates.W104",
            )


def route_names(resolver: Any, wanted: str) -> list[str] | None:
    """Return the names that a route could have where one is missing; None if the route is there.

    Args:
        resolver: the root.
        wanted: name with its namespaces, or the dotted path of a view.
    """
    *namespaces, name = wanted.split(":")
    before = ""
    for depth, namespace in enumerate(namespaces, start=1):
        instances = resolver.app_dict.get(namespace)
        if instances and namespace not in instances:
            namespace = instances[0]
        if namespace not in resolver.namespace_dict:
            rest = ":".join([*namespaces[depth:], name])
            return [f"{before}{known}:{rest}" for known in (*resolver.namespace_dict, *resolver.app_dict)]
        resolver = resolver.namespace_dict[namespace][1]
        before += f"{namespace}:"
    names = [f"{before}{known}" for known in resolver.reverse_dict if isinstance(known, str)]
    return None if f"{before}{name}" in names or (not namespaces and resolver._is_callback(name)) else names


def node_problems(engine: Any, nodes: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Yield nodes and what they find wrong with themselves: a node class may have `problems(engine)`, which gives texts."""
    for node in walk(nodes):
        find: Any = getattr(node, "problems", None)
        if callable(find):
            yield from ((node, text) for text in cast("Any", find)(engine))


def _missing_templates(engine: Any, path: Path, nodes: Iterable[Any], name: str) -> Iterator[Any]:
    for node in nodes:
        if isinstance(node, ExtendsNode):
            wanted = _constant(node.parent_name)
        elif isinstance(node, IncludeNode):
            wanted = _constant(node.template)
        else:
            continue
        # A template may extend a namesake of a later directory; that it exists at all is seen here.
        if wanted is None:
            continue
        try:
            engine.get_template(wanted)
        except TemplateDoesNotExist:
            yield Warning(
                f"{path}, line {_line(node)}: there is no template {wanted!r}.",
                hint="Create it, or correct the name.",
                obj=name,
                id="templates.W102",
            )
        except TemplateSyntaxError:
            continue  # reported where it stands


def _missing_static_files(path: Path, nodes: Iterable[Any], name: str) -> Iterator[Any]:
    if not apps.is_installed("hotclub.contrib.staticfiles"):
        return
    static_node = import_string("hotclub.templatetags.static.StaticNode")
    find = import_string("hotclub.contrib.staticfiles.finders.find")
    for node in nodes:
        if isinstance(node, static_node):
            wanted = _constant(node.path)
            if wanted and not wanted.endswith("/") and find(wanted) is None:
                yield Warning(
                    f"{path}, line {_line(node)}: there is no static file {wanted!r}.",
                    hint="Create it, or correct the name.",
                    obj=name,
                    id="templates.W103",
                )
