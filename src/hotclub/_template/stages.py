"""The stages of a template as text, for people who want to see what becomes of it."""

from __future__ import annotations

import dis
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hotclub._template.compiler import compile_nodes, write
from hotclub._template.emitter import Flavour
from hotclub._template.stored import Tree
from hotclub._template.tokens import DebugLexer


def tokens(template: Any, flavour: Flavour) -> str:
    """One line a token: where it stands, its kind, its text."""
    lines = []
    for token in DebugLexer(template.source).tokenize():
        lines.append(f"{token.lineno:>5}  {token.token_type.name:8}{_short(token.contents)}")
    return "\n".join(lines)


def nodes(template: Any, flavour: Flavour) -> str:
    """One line a node, indented by depth: its class, where it stands, its tag."""
    return "\n".join(_node_lines(template.nodelist, ""))


def _node_lines(nodelist: Iterable[Any], indent: str) -> Iterator[str]:
    for node in nodelist:
        token = node.token
        yield f"{indent}{type(node).__name__:16} line {token.lineno}: {_short(token.contents)}"
        for attribute in node.child_nodelists:
            yield from _node_lines(getattr(node, attribute, None) or (), indent + "    ")


def python(template: Any, flavour: Flavour) -> str:
    """The generated Python, one function for the template and one for each block, with the constants it names."""
    texts = []
    for root in Tree(template.nodelist).roots:
        source, emitter = write(root, flavour)
        constants = [f"# {name} = {_short(repr(value))}" for name, value in emitter.constants.items()]
        texts.append("\n".join([source, *constants]))
    return "\n\n".join(texts)


def bytecode(template: Any, flavour: Flavour) -> str:
    """What the interpreter executes."""
    texts = []
    for root in Tree(template.nodelist).roots:
        out = io.StringIO()
        dis.dis(compile_nodes(root, flavour).function, file=out)
        texts.append(out.getvalue())
    return "\n".join(texts)


STAGES: dict[str, Callable[[Any, Flavour], str]] = {
    "tokens": tokens,
    "nodes": nodes,
    "python": python,
    "bytecode": bytecode,
}
"""Each stage by name, in the order in which they happen."""


def _short(text: str) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= 90 else f"{text[:87]}..."
