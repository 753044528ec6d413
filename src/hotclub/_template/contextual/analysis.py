"""Walks the nodes of a template with the state of the HTML around them, and puts the right escaper into each variable."""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, NamedTuple

from hotclub._template.contextual.escapers import Escaper, escaper_for
from hotclub._template.contextual.states import UNKNOWN, State, join
from hotclub._template.emitter import Emitter
from hotclub._template.errors import TemplateDoesNotExist, TemplateSyntaxError
from hotclub._template.nodes import AnnotatedNode, CompiledNode, NodeList, TextNode, VariableNode, walk
from hotclub._template.output import render_value_in_context
from hotclub._template.tags.control import ForNode, IfChangedNode, IfNode
from hotclub._template.tags.inheritance import BlockNode, ExtendsNode, IncludeNode
from hotclub._template.tags.partials import PartialDefNode
from hotclub._template.tags.values import CycleNode, FirstOfNode, FixedTextNode, VerbatimNode

MODES = ("html", "contextual", "warn")

MOST_PARENTS = 50
"""Templates that a template extends, one over another, are followed so far."""

_being_read: ContextVar[tuple[str, ...]] = ContextVar("templates whose parents are read", default=())


class EscapingWarning(UserWarning):
    """A place in a template where the usual escaping does not do, or where it cannot be known what does."""


class Finding(NamedTuple):
    """Something to tell of a template.

    Args:
        line: its line, or None.
        text: what and why.
    """

    line: int | None
    text: str


class ContextualNode(CompiledNode):
    """`{{ expression }}` in a place of its own kind."""

    child_nodelists = ()

    def __init__(self, original: VariableNode, escaper: Escaper) -> None:
        self.filter_expression = original.filter_expression
        self.escaper = escaper
        self.token = original.token
        self.origin = original.origin

    def __repr__(self) -> str:
        return f"<Contextual Node: {self.filter_expression}>"

    def expressions(self) -> Iterable[Any]:
        return (self.filter_expression,)

    def emit(self, out: Emitter) -> None:
        if not out.autoescape:
            # A template that switches escaping off answers for it.
            out.output(self.filter_expression)
            return
        value = out.value(self.filter_expression)
        # By the node, which code that is kept on disk finds again; the escaper may depend on a parent template.
        out.piece(out.assign(f"{out.constant(self)}.escaper({value}, context)"))

    def render(self, context: Any) -> Any:
        value = self.filter_expression.resolve(context)
        return self.escaper(value, context) if context.autoescape else render_value_in_context(value, context)


class ContextualTagNode(AnnotatedNode):
    """A tag of ours that shows values, in a place of its own kind."""

    child_nodelists = ("nodelist",)

    def __init__(self, original: Any, escaper: Escaper) -> None:
        self.nodelist = NodeList([original])
        self.escaper = escaper
        self.token = original.token
        self.origin = original.origin

    def render(self, context: Any) -> Any:
        shown = self.nodelist.render(context)
        return self.escaper(html.unescape(str(shown)), context) if context.autoescape and shown else shown


BlockStates = dict[str, tuple[State, State]]
"""For each block of a template the places before and behind it."""


class Analysis:
    """One walk over a template.

    Args:
        template: the parsed template, with `nodelist` and `engine`.
        changes: whether nodes are replaced, or the findings only are told.
    """

    def __init__(self, template: Any, changes: bool) -> None:
        self.template = template
        self.changes = changes
        self.findings: list[Finding] = []
        self.blocks: BlockStates = {}
        self.parent_blocks: BlockStates = {}
        self.extends = False
        self._quiet = False
        self._ends: dict[tuple[int, State], State] = {}

    def run(self) -> None:
        """Walk the template and leave the places of its blocks on its list of nodes, for templates that extend it."""
        nodelist = self.template.nodelist
        for node in walk(nodelist):
            if isinstance(node, ExtendsNode):
                self.extends = True
                self.parent_blocks = self._blocks_of_parent(node)
        end = self.after_list(nodelist, State())
        if end.mode not in ("text", "unknown") and not self.extends:
            self.findings.append(Finding(None, f"the template ends in the middle of its HTML ({_words(end)})."))
        nodelist._block_states = {**self.parent_blocks, **self.blocks}

    def _blocks_of_parent(self, node: ExtendsNode) -> BlockStates:
        name = node.parent_name
        reading = _being_read.get()
        if name.is_var or name.filters or str(name.var) in reading or len(reading) >= MOST_PARENTS:
            self._tell(
                node, "the parent is not known before rendering: blocks are taken to stand between tags.", name.is_var
            )
            return {}
        token = _being_read.set((*reading, str(name.var)))
        try:
            parent = self.template.engine.get_template(str(name.var))
        except (TemplateDoesNotExist, TemplateSyntaxError):
            return {}  # told when it is rendered
        finally:
            _being_read.reset(token)
        states: BlockStates = getattr(getattr(parent, "nodelist", None), "_block_states", {})
        return states

    def _tell(self, node: Any, text: str, wanted: bool = True) -> None:
        if wanted and not self._quiet:
            self.findings.append(Finding(getattr(getattr(node, "token", None), "lineno", None), text))

    def foreseen(self, nodes: Any, state: State) -> State:
        """Return the place behind some nodes, and change and tell nothing.

        Each list is walked once for each place that it is met in, however deep loops nest.
        """
        key = id(nodes), state
        if key not in self._ends:
            before, self._quiet = self._quiet, True
            self._ends[key] = self.after_list(nodes, state)
            self._quiet = before
        return self._ends[key]

    def after_list(self, nodes: Any, state: State) -> State:
        """Return the place behind some nodes, each of which may be replaced."""
        for index, node in enumerate(nodes):
            before = state
            state = self.after(node, state)
            if state == UNKNOWN != before:
                self._tell(node, "from here on the place in the HTML is not known: only plain words are shown.")
            if self._quiet:
                continue
            if type(node) is VariableNode:
                self._variable(nodes, index, node, before)
            elif isinstance(node, (CycleNode, FirstOfNode)) or type(node).__name__ in _TRANSLATED:
                self._tag(nodes, index, node, before)
        return state

    def after(self, node: Any, state: State) -> State:
        """Return the place behind a node."""
        if isinstance(node, TextNode):
            return state.after(node.s)
        if isinstance(node, (VariableNode, CycleNode, FirstOfNode)):
            return state.after_value()
        if isinstance(node, FixedTextNode):
            return state.after(node.text)
        if isinstance(node, VerbatimNode):
            return state.after(str(node.content))
        if isinstance(node, IfNode):
            ends = [self.after_list(nodes, state) for _, nodes in node.conditions_nodelists]
            if all(condition is not None for condition, _ in node.conditions_nodelists):
                ends.append(state)
            return self._joined(ends)
        if isinstance(node, ForNode):
            return self._after_loop(node, state)
        if isinstance(node, IfChangedNode):
            return self._joined([self.after_list(nodes, state) for nodes in (node.nodelist_true, node.nodelist_false)])
        if isinstance(node, BlockNode):
            return self._after_block(node, state)
        if isinstance(node, ExtendsNode):
            for child in node.nodelist:
                self.after(child, State())
            return state
        if isinstance(node, PartialDefNode) and not node.inline:
            self.after_list(node.nodelist, State())
            return state
        if isinstance(node, IncludeNode):
            self._tell(
                node,
                f"an include stands in {_words(state)}; it is written for text between tags.",
                state.mode != "text",
            )
            return state
        return self._after_other(node, state)

    def _after_loop(self, node: ForNode, state: State) -> State:
        body = node.nodelist_loop
        # A further round begins where the one before ended.
        start = self._joined([state, self.foreseen(body, state)])
        start = self._joined([start, self.foreseen(body, start)])
        ends = [start, self.after_list(body, start)]
        if node.nodelist_empty:
            ends.append(self.after_list(node.nodelist_empty, state))
        return self._joined(ends)

    def _after_block(self, node: BlockNode, state: State) -> State:
        overridden = self.parent_blocks.get(node.name)
        start = overridden[0] if overridden else state
        end = self.after_list(node.nodelist, start)
        if not self._quiet:
            self.blocks[node.name] = start, end
        if overridden and join(end, overridden[1]) == UNKNOWN != end:
            self._tell(
                node, f"block {node.name!r} ends in {_words(end)}; in the parent it ends in {_words(overridden[1])}."
            )
        return end

    def _after_other(self, node: Any, state: State) -> State:
        """The node lists of any other node are taken to be shown one after the other."""
        if type(node).__name__ in ("CommentNode", "LoadNode"):
            return state
        lists = [nodes for name in getattr(node, "child_nodelists", ()) if (nodes := getattr(node, name, None))]
        for nodes in lists:
            state = self.after_list(nodes, state)
        return state

    @staticmethod
    def _joined(states: Iterable[State]) -> State:
        first, *rest = states
        for other in rest:
            first = join(first, other)
        return first

    def _variable(self, nodes: Any, index: int, node: VariableNode, state: State) -> None:
        expression = node.filter_expression
        names = _filter_names(expression)
        escaper = escaper_for(state, names[-1] if names else "")
        if escaper is None:
            return
        if not expression.is_var and not expression.filters and isinstance(expression.var, str):
            return  # a text of the template itself
        if names and names[-1] == "safe":
            self._tell(
                node, f"{{{{ {expression} }}}} is trusted in {_words(state)}: |safe says that no escaping is needed."
            )
            return
        if not self.changes and (state.mode != "value" or not state.quote or state.kind != "html"):
            self._tell(
                node, f"{{{{ {expression} }}}} stands in {_words(state)}, which the usual escaping is not made for."
            )
        if self.changes:
            nodes[index] = ContextualNode(node, escaper)

    def _tag(self, nodes: Any, index: int, node: Any, state: State) -> None:
        escaper = escaper_for(state)
        if escaper is None or (state.mode == "value" and state.quote and state.kind == "html"):
            return
        if self.changes:
            nodes[index] = ContextualTagNode(node, escaper)
        else:
            self._tell(node, f"a tag shows values in {_words(state)}, which the usual escaping is not made for.")


_TRANSLATED = frozenset({"TranslateNode", "BlockTranslateNode"})


def _filter_names(expression: Any) -> list[str]:
    return [getattr(function, "_filter_name", getattr(function, "__name__", "")) for function, _ in expression.filters]


def _words(state: State) -> str:
    """Say in words where a place is."""
    where = {
        "open": "the name of a tag",
        "name": "the name of a tag",
        "tag": "a tag, between its attributes",
        "named": "a tag, between its attributes",
        "attribute": "the name of an attribute",
        "before": f"the attribute {state.attribute!r} without quotes",
        "value": f"the attribute {state.attribute!r}{'' if state.quote else ' without quotes'}",
        "raw": f"a {state.element} element",
        "rcdata": f"a {state.element} element",
        "comment": "a comment",
        "end": "a tag",
        "text": "text",
        "unknown": "a place that is not known",
    }[state.mode]
    mode = getattr(state.inner, "mode", "")
    return f"{where} ({mode})" if mode else where


def apply(template: Any, mode: str) -> None:
    """Analyse a template that was just parsed.

    Args:
        template: with its nodes.
        mode: "contextual" replaces nodes and warns of what stays doubtful; "warn" only warns, of all that would change.
    """
    analysis = Analysis(template, changes=mode == "contextual")
    analysis.run()
    name = getattr(template.origin, "name", None) or "<unknown source>"
    for line, text in dict.fromkeys(analysis.findings):
        warnings.warn(f"{name}{f', line {line}' if line else ''}: {text}", EscapingWarning, stacklevel=2)
