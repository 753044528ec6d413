"""The tree of a template: `Node`, `NodeList` and the two plainest nodes.

A node of ours derives from `CompiledNode`: it declares what it reads and contains, writes itself as Python, and renders
as documented. A foreign node derives from `Node` and has a `render`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex

from hotclub._template.compiler import Compiled, compile_nodes
from hotclub._template.emitter import Emitter, Flavour
from hotclub._template.expression import FilterExpression
from hotclub._template.output import render_value_in_context
from hotclub._template.runtime import rendered
from hotclub.utils.safestring import SafeString

if TYPE_CHECKING:
    from hotclub._template.tokens import Token

Bodies = Sequence[tuple[Sequence[Any], tuple[str, ...]]]
"""Lists of nodes with the names bound for each."""


class Node:
    """Something in a template that renders to text."""

    must_be_first = False
    child_nodelists: Sequence[str] = ("nodelist",)
    token: Token | None = None
    origin: Any = None

    def render(self, context: Any) -> Any:
        """Return the text of the node."""
        return ""

    def render_annotated(self, context: Any) -> Any:
        """Render, and in debug mode tell errors where in the template they come from."""
        try:
            return self.render(context)
        except Exception as error:
            annotate(error, self, context)
            raise

    def get_nodes_by_type(self, nodetype: type[Any]) -> list[Any]:
        """Return this node and those below it that are of a type."""
        found: list[Any] = [self] if isinstance(self, nodetype) else []
        for attribute in self.child_nodelists:
            nodelist = getattr(self, attribute, None)
            if nodelist:
                found += nodelist.get_nodes_by_type(nodetype)
        return found


NOTE = "In template "
"""How the note begins that tells the place of an error."""


def annotate(error: Exception, node: Any, context: Any) -> None:
    """Store in an error which part of which template it comes from, if the engine debugs.

    The first node that sees the error is the failed; the template it belongs to adds line and source.
    """
    template = getattr(context, "template", None)
    if template is None or not template.engine.debug:
        return
    if not hasattr(error, "_failed_node"):
        error._failed_node = node  # type: ignore[attr-defined]  # travels with the error, as `template_debug` does
    failed = error._failed_node  # type: ignore[attr-defined]
    current = context.render_context.template
    if not hasattr(error, "template_debug") and current is not None and current.origin == failed.origin:
        error.template_debug = current.get_exception_info(error, failed.token)  # type: ignore[attr-defined]
        # Tracebacks on a terminal or in a log show the place as well.
        error.add_note(f"{NOTE}{failed.origin}, line {failed.token.lineno}: {failed.token.shown()}")


def flavour_for(context: Any) -> Flavour:
    """Return the options that a context fixes for generated code."""
    return Flavour(bool(context.autoescape), marks_invalid(context))


COMPILE_AFTER = 8
"""A list of nodes is rendered so often by calling them; it is worth compiling after that. Engines may say otherwise."""

INNER_PATIENCE = 5
"""A list inside of others, such as the body of a loop, waits so many times longer: the whole may be compiled sooner."""


DEEP = 12
"""Inside of so many templates lists are compiled at once: a function needs less of the interpreter's stack than calls."""


class NodeList(list[Any]):
    """Nodes in order.

    The first renderings call each node. Lists that go on being rendered are compiled: their function takes over.
    """

    contains_nontext = False
    _compiled: dict[Flavour, Compiled] | None = None
    _renderings = 0

    def render(self, context: Any) -> SafeString:
        """Return the text of all nodes."""
        return SafeString(self.text(context))

    def text(self, context: Any, inner: bool = False) -> str:
        """Return the text of all nodes as plain text.

        Args:
            context: what they are rendered with.
            inner: the list is part of another that may be compiled as a whole.
        """
        functions = self._compiled
        template = context.template
        if functions is None:
            self._renderings += 1
            limit = COMPILE_AFTER if template is None else getattr(template.engine, "compile_after", COMPILE_AFTER)
            if (limit is None or self._renderings <= (limit * INNER_PATIENCE if inner else limit)) and (
                inner or len(context.render_context.dicts) < DEEP
            ):
                texts = []
                for node in self:  # no function between: tags nest deep
                    texts.append(node.render_annotated(context))
                return self._joined(texts)
            functions = self._compiled = {}
        key = (context.autoescape, template is not None and template.engine.string_if_invalid != "")
        compiled = functions.get(key)  # type: ignore[call-overload]  # equal to a Flavour
        if compiled is None or compiled.size != len(self):
            compiled = self.compiled(context)
        try:
            return compiled.function(context)  # type: ignore[no-any-return]  # generated to return text
        except Exception as error:
            node = compiled.node_of(error.__traceback__)
            if node is not None:
                annotate(error, node, context)
            raise

    def compiled(self, context: Any) -> Compiled:
        """Return the generated function for a context's options, compiling it if need be.

        Two threads may do so at the same time, to the same end.
        """
        if self._compiled is None:
            self._compiled = {}
        flavour = flavour_for(context)
        compiled = self._compiled.get(flavour)
        if compiled is None or compiled.size != len(self):
            compiled = self._compiled[flavour] = compile_nodes(self, flavour)
        return compiled

    def _joined(self, texts: list[Any]) -> str:
        try:
            return "".join(texts)
        except TypeError:
            for node, text in zip(self, texts, strict=True):
                rendered(text, node)
            raise

    def get_nodes_by_type(self, nodetype: type[Any]) -> list[Any]:
        """Return all nodes of a type, at any depth."""
        found: list[Any] = []
        for node in self:
            found += node.get_nodes_by_type(nodetype)
        return found

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("_compiled", None)
        return state

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return (type(self), (list(self),), self.__getstate__())


def marks_invalid(context: Any) -> bool:
    """Whether the engine shows something for variables that do not exist."""
    template = context.template
    return template is not None and template.engine.string_if_invalid != ""


class AnnotatedNode(Node):
    """A node of ours that is rendered by calling; the calling code annotates its errors."""

    annotated_by_caller: ClassVar[bool] = True


class CompiledNode(AnnotatedNode):
    """A node that writes itself as Python.

    A class that defines `emit` and `render` promises that both do the same: `render` is what its first renderings
    and foreign code call. One without a `render` of its own runs its code from the start.

    Attributes:
        sees_context: the generated code shows the context to other code, or changes it.
        blocks: how many loops and guards its code nests around its bodies.
    """

    sees_context: bool = False
    blocks: ClassVar[int] = 0
    _alone: NodeList | None = None

    def expressions(self) -> Iterable[FilterExpression]:
        """The expressions evaluated outside the node's own bindings."""
        return ()

    def bodies(self) -> Bodies:
        """The node lists inside, each with the names that the node binds for it."""
        return ()

    def emit(self, out: Emitter) -> None:
        """Write the node."""
        raise NotImplementedError

    def render(self, context: Any) -> Any:
        alone = self._alone
        if alone is None:
            alone = self._alone = NodeList([self])
            alone._compiled = {}  # from the start: its only node calls it
        return alone.text(context)


class TextNode(CompiledNode):
    """Literal text."""

    child_nodelists = ()

    def __init__(self, s: str) -> None:
        self.s = s

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}: {self.s[:25]!r}>"

    def emit(self, out: Emitter) -> None:
        out.text(self.s)

    def render(self, context: Any) -> Any:
        return self.s

    def render_annotated(self, context: Any) -> Any:
        return self.s


class VariableNode(CompiledNode):
    """`{{ expression }}`."""

    child_nodelists = ()

    def __init__(self, filter_expression: FilterExpression) -> None:
        self.filter_expression = filter_expression

    def __repr__(self) -> str:
        return f"<Variable Node: {self.filter_expression}>"

    def expressions(self) -> Iterable[FilterExpression]:
        return (self.filter_expression,)

    def emit(self, out: Emitter) -> None:
        out.output(self.filter_expression)

    def render(self, context: Any) -> Any:
        return render_value_in_context(self.filter_expression.resolve(context), context)


def walk(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield all nodes below some, each before its children."""
    for node in nodes:
        yield node
        for attribute in getattr(node, "child_nodelists", ()):
            yield from walk(getattr(node, attribute, None) or ())


for _documented in (Node, NodeList, TextNode, VariableNode):
    _documented.__module__ = "hotclub.template.base"
