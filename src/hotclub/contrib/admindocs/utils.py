"""Reading docstrings: their parts, and their reStructuredText with roles that link to other pages.

Needs docutils; without it the pages say so.
"""

from __future__ import annotations

import inspect
import re
from email.errors import HeaderParseError
from email.parser import HeaderParser
from typing import Any

from hotclub.urls import reverse
from hotclub.utils.safestring import mark_safe

try:
    import docutils.core
    import docutils.nodes
    import docutils.parsers.rst.roles
    import docutils.writers
except ImportError:
    docutils_is_available = False
else:
    docutils_is_available = True

ROLES = {
    "model": "%s/models/%s/",
    "view": "%s/views/%s/",
    "template": "%s/templates/%s/",
    "filter": "%s/filters/#%s",
    "tag": "%s/tags/#%s",
}
_CASE_SENSITIVE = {"template", "view"}
_EXPLICIT_TITLE = re.compile(r"^([^<]+?)\s*<([^<>]+)>$", re.DOTALL)


def get_view_name(view_func: Any) -> str:
    """Return the dotted name of a view, a class-based one by its class."""
    if hasattr(view_func, "view_class"):
        klass = view_func.view_class
        return f"{klass.__module__}.{klass.__qualname__}"
    name = getattr(view_func, "__qualname__", None) or view_func.__class__.__name__
    return f"{view_func.__module__}.{name}"


def parse_docstring(docstring: str | None) -> tuple[str, str, dict[str, str]]:
    """Return title, body, and the `key: value` lines of a docstring's last paragraph."""
    if not docstring:
        return "", "", {}
    parts = re.split(r"\n{2,}", inspect.cleandoc(docstring))
    title = parts[0]
    if len(parts) == 1:
        return title, "", {}
    try:
        headers = {key: inspect.cleandoc(value) for key, value in HeaderParser().parsestr(parts[-1]).items()}
    except HeaderParseError:
        headers = {}
    body = parts[1:-1] if headers else parts[1:]
    return title, "\n\n".join(body), headers


def parse_rst(text: str, default_reference_context: str, thing_being_parsed: str | None = None) -> Any:
    """Return reStructuredText as HTML.

    Args:
        text: the text.
        default_reference_context: role of names in single backticks.
        thing_being_parsed: where the text comes from, for warnings.
    """
    overrides = {
        "doctitle_xform": True,
        "initial_header_level": 3,
        "default_reference_context": default_reference_context,
        "link_base": reverse("django-admindocs-docroot").rstrip("/"),
        # What a docstring says must not read files of the server.
        "raw_enabled": False,
        "file_insertion_enabled": False,
    }
    source = f".. default-role:: cmsreference\n\n{text}\n\n.. default-role::\n"
    parts: Any = docutils.core.publish_parts(
        source,
        source_path=f"<{thing_being_parsed}>" if thing_being_parsed else None,
        destination_path=None,
        writer="html",
        settings_overrides=overrides,
    )
    return mark_safe(parts["fragment"])


def _target(role: str, base: str, text: str) -> tuple[str, str]:
    explicit = _EXPLICIT_TITLE.match(text)
    title, name = (explicit[1], explicit[2]) if explicit else (text, text)
    if role not in _CASE_SENSITIVE:
        name = name.lower()
    return title, ROLES[role] % (base, name)


def create_reference_role(rolename: str) -> None:
    """Register a role that links to a page."""

    def role(
        name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = None
    ) -> Any:
        title, url = _target(rolename, inliner.document.settings.link_base, text)
        return [docutils.nodes.reference(rawtext, title, refuri=url, **(options or {}))], []

    docutils.parsers.rst.roles.register_canonical_role(rolename, role)


def default_reference_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Any = None
) -> Any:
    """The role of names in single backticks: that of the page's own kind."""
    settings = inliner.document.settings
    title, url = _target(settings.default_reference_context, settings.link_base, text)
    return [docutils.nodes.reference(rawtext, title, refuri=url, **(options or {}))], []


if docutils_is_available:
    docutils.parsers.rst.roles.register_canonical_role("cmsreference", default_reference_role)
    for _name in ROLES:
        create_reference_role(_name)


def replace_metacharacters(pattern: str) -> str:
    """Return a URL pattern without `^`, `$`, `?`, `\\b`, `\\B`, `\\A` and `\\Z`, unless they are escaped."""
    return re.sub(
        r"((?:^|(?<!\\))(?:\\\\)*)(\\?)([?*+^$]|\\[bBAZ])",
        lambda match: match[1] + (match[3] if match[2] else ""),
        pattern,
    )


def remove_non_capturing_groups(pattern: str) -> str:
    """Return a URL pattern without `(?:…)`."""
    return _replace_groups(pattern, "(?:", lambda _start, _group: "")


def replace_named_groups(pattern: str) -> str:
    """Return a URL pattern with `(?P<name>…)` replaced by `<name>`."""
    return _replace_groups(pattern, "(?P<", lambda _start, group: group[3 : group.index(">") + 1])


def replace_unnamed_groups(pattern: str) -> str:
    """Return a URL pattern with `(…)` replaced by `<var>`."""
    return _replace_groups(pattern, "(", lambda _start, _group: "<var>")


def _replace_groups(pattern: str, opening: str, replacement: Any) -> str:
    """Replace each group that begins so, the outermost first; one pass over the text."""
    result = []
    position = 0
    while position < len(pattern):
        if pattern[position] == "\\":
            result.append(pattern[position : position + 2])
            position += 2
        elif pattern.startswith(opening, position):
            end = _group_end(pattern, position)
            result.append(replacement(position, pattern[position:end]))
            position = end
        else:
            result.append(pattern[position])
            position += 1
    return "".join(result)


def _group_end(pattern: str, start: int) -> int:
    depth = 0
    position = start
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "(") - (char == ")")
        position += 1
        if depth == 0:
            return position
    return len(pattern)
