"""References in style sheets and scripts to other static files: where they are, and what stands in their place.

This module must not know storages; it finds and replaces text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

CSS_IGNORED = re.compile(r"""/\*.*?\*/|\\.|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
"""Comments, escapes and string literals of CSS."""

JS_IGNORED = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\\.""", re.DOTALL
)
"""Comments, string and template literals of JavaScript."""

DEFAULT_TEMPLATE = 'url("%(url)s")'

CSS_PATTERNS: tuple[Any, ...] = (
    r"""(?P<matched>url\((?P<quote>['"]{0,1})\s*(?P<url>.*?)(?P=quote)\))""",
    (r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""", '@import url("%(url)s")'),
    (
        r"(?m)^(?P<matched>/\*#[ \t](?-i:sourceMappingURL)=(?P<url>.*?)[ \t]*\*/)$",
        "/*# sourceMappingURL=%(url)s */",
    ),
)
JS_PATTERNS: tuple[Any, ...] = (
    (
        r"(?m)^(?P<matched>//# (?-i:sourceMappingURL)=(?P<url>.*?)[ \t]*)$",
        "//# sourceMappingURL=%(url)s",
    ),
)
# What stands between the keyword and `from` holds no string and no end of a statement; a semicolon at the end is optional.
JS_MODULE_PATTERNS: tuple[Any, ...] = (
    (
        r"""(?P<matched>import(?P<import>[\s\{][^;"']*?|\*\s*as\s*\w+)\s*from\s*["'](?P<url>[./].*?)["'])""",
        """import%(import)s from "%(url)s\"""",
    ),
    (
        r"""(?P<matched>export(?P<exports>[\s\{][^;"']*?)\s*from\s*["'](?P<url>[./].*?)["'])""",
        """export%(exports)s from "%(url)s\"""",
    ),
    (r"""(?P<matched>import\s*["'](?P<url>[./].*?)["'])""", """import"%(url)s\""""),
    (r"""(?P<matched>import\(["'](?P<url>[./].*?)["']\))""", """import("%(url)s")"""),
)


class Pattern:
    """A kind of reference: how it is found, and how it is written."""

    __slots__ = ("expression", "template")

    def __init__(self, expression: re.Pattern[str], template: str) -> None:
        self.expression = expression
        self.template = template


def compile_patterns(patterns: Sequence[Any]) -> dict[str, list[Pattern]]:
    """Compile a `patterns` attribute: file patterns, each with expressions or pairs of expression and template."""
    compiled: dict[str, list[Pattern]] = {}
    for file_pattern, entries in patterns:
        for entry in entries:
            expression, template = entry if isinstance(entry, (tuple, list)) else (entry, DEFAULT_TEMPLATE)
            compiled.setdefault(file_pattern, []).append(Pattern(re.compile(expression, re.IGNORECASE), template))
    return compiled


def ignored_blocks(content: str, expression: re.Pattern[str]) -> list[tuple[int, int]]:
    """Give where comments and the like stand: start and end of each."""
    return [match.span() for match in expression.finditer(content)]


def replace_references(
    content: str,
    patterns: Sequence[Pattern],
    ignored: re.Pattern[str] | None,
    new_url: Callable[[str, int], str | None],
) -> str:
    """Replace references by what `new_url(url, line)` gives; None leaves one as it is."""
    for pattern in patterns:
        blocks = ignored_blocks(content, ignored) if ignored is not None else []
        parts: list[str] = []
        end = 0
        at = 0
        for match in pattern.expression.finditer(content):
            start = match.start()
            while at < len(blocks) and blocks[at][1] <= start:
                at += 1
            # Blocks come in their order: one that has begun before the reference holds it.
            if at < len(blocks) and blocks[at][0] < start:
                continue
            url = match["url"]
            replacement = new_url(url, content.count("\n", 0, start) + 1)
            if replacement is None:
                continue
            parts += [content[end:start], pattern.template % {**match.groupdict(), "url": replacement}]
            end = match.end()
        if parts:
            content = "".join(parts) + content[end:]
    return content
