"""Tags that combine templates: `block`, `extends`, `include`.

The chain of a page's templates is walked once per rendering; the blocks of a template are collected once in its life.
A block is rendered through the chain of definitions for its name: the most derived first, `block.super` the next one.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.expression import FilterExpression, Variable, token_kwargs
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, NodeList, TextNode
from hotclub._template.template import Template, render_inside
from hotclub.utils.safestring import SafeString, mark_safe

register = Library()

BLOCK_CONTEXT_KEY = "block_context"

MOST_PARENTS = 100
"""A template with more parents has itself among them."""


class BlockContext:
    """The definitions of each block, from the most derived to the most basic."""

    def __init__(self) -> None:
        self.blocks: defaultdict[str, list[BlockNode]] = defaultdict(list)
        self.levels = 0

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__}: blocks={self.blocks!r}>"

    def add_blocks(self, blocks: dict[str, BlockNode]) -> None:
        """Add the blocks of a template that is more basic than those before."""
        for name, block in blocks.items():
            self.blocks[name].append(block)

    def get_block(self, name: str) -> BlockNode | None:
        """Return the most derived definition."""
        chain = self.blocks.get(name)
        return chain[0] if chain else None

    def chain(self, name: str) -> list[BlockNode]:
        """Return all definitions."""
        return self.blocks.get(name) or []


class BlockNode(AnnotatedNode):
    """A part that derived templates may replace."""

    def __init__(self, name: str, nodelist: NodeList, parent: Any = None) -> None:
        self.name = name
        self.nodelist = nodelist
        self.parent = parent

    def __repr__(self) -> str:
        return f"<Block Node: {self.name}. Contents: {self.nodelist!r}>"

    def render(self, context: Any) -> Any:
        blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
        chain = blocks.chain(self.name) if blocks is not None else None
        if not chain:
            with context.push(block=ActiveBlock(self, None, 0, context)):
                return self.nodelist.render(context)
        return ActiveBlock(chain[0], chain, 0, context).render()

    def super(self) -> SafeString:
        """A block by itself has nothing to inherit from."""
        raise TemplateSyntaxError(
            f"'{self.__class__.__name__}' object has no attribute 'context'. Did you use {{{{ block.super }}}} in a "
            "base template?"
        )


class ActiveBlock(BlockNode):
    """The `block` that templates see while a block renders: it knows the definitions below it.

    Args:
        node: the definition being rendered.
        chain: all definitions of the name; None where no template extends another.
        depth: place of `node` in the chain.
        context: context of this rendering.
    """

    def __init__(self, node: BlockNode, chain: list[BlockNode] | None, depth: int, context: Any) -> None:
        super().__init__(node.name, node.nodelist)
        self.origin = node.origin
        self.token = node.token
        self._chain = chain
        self._depth = depth
        self.context = context

    def render(self, context: Any = None) -> Any:
        """Render this definition."""
        context = self.context if context is None else context
        with context.push(block=self):
            return self.nodelist.render(context)

    def super(self) -> SafeString:
        """Render the definition this one replaces; empty if there is none."""
        if self._chain is None:
            return super().super()
        depth = self._depth + 1
        if depth >= len(self._chain):
            return mark_safe("")
        text: SafeString = mark_safe(ActiveBlock(self._chain[depth], self._chain, depth, self.context).render())
        return text


def template_blocks(template: Any) -> dict[str, BlockNode]:
    """Return the blocks of a template by name, found once in its life."""
    nodelist = template.nodelist
    blocks = getattr(nodelist, "_blocks", None)
    if blocks is None:
        blocks = nodelist._blocks = {block.name: block for block in nodelist.get_nodes_by_type(BlockNode)}
    return blocks


def extends_another(template: Any) -> bool:
    """Whether the first thing in a template, texts aside, is `{% extends %}`."""
    for node in template.nodelist:
        if not isinstance(node, TextNode):
            return isinstance(node, ExtendsNode)
    return False


class ExtendsNode(AnnotatedNode):
    """Renders another template with this one's blocks in place of its own."""

    must_be_first = True
    context_key = "extends_context"
    """Where `render_context` keeps the origins of the templates so far, the innermost first."""

    def __init__(self, nodelist: NodeList, parent_name: FilterExpression, template_dirs: Any = None) -> None:
        self.nodelist = nodelist
        self.parent_name = parent_name
        self.template_dirs = template_dirs
        self.blocks: dict[str, BlockNode] = {block.name: block for block in nodelist.get_nodes_by_type(BlockNode)}

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}: extends {self.parent_name.token}>"

    def find_template(self, template_name: str, context: Any) -> Any:
        """Load a parent; a template of the same name that is already in the chain is passed over."""
        history = context.render_context.setdefault(self.context_key, [self.origin])
        template, origin = context.template.engine.find_template(template_name, skip=history)
        history.append(origin)
        return template

    def get_parent(self, context: Any) -> Any:
        """Return the parent template.

        Raises:
            TemplateSyntaxError: the expression gives nothing to extend.
        """
        parent = self.parent_name.resolve(context)
        if not parent:
            message = f"Invalid template name in 'extends' tag: {parent!r}."
            if self.parent_name.filters or isinstance(self.parent_name.var, Variable):
                message += f" Got this from the '{self.parent_name.token}' variable."
            raise TemplateSyntaxError(message)
        if isinstance(parent, Template):
            return parent
        if isinstance(getattr(parent, "template", None), Template):
            return parent.template  # a template of the documented backend
        return self.find_template(parent, context)

    def render(self, context: Any) -> Any:
        parent = self.get_parent(context)
        state = context.render_context
        blocks = state.get(BLOCK_CONTEXT_KEY)
        if blocks is None:
            blocks = state[BLOCK_CONTEXT_KEY] = BlockContext()
        blocks.add_blocks(self.blocks)
        blocks.levels += 1
        if blocks.levels > MOST_PARENTS:
            raise RecursionError(
                f"Templates extend one another more than {MOST_PARENTS} levels deep, now {self.parent_name.token}: does a "
                "parent extend its child?"
            )
        if not extends_another(parent):
            blocks.add_blocks(template_blocks(parent))
        previous = state.template
        state.template = parent
        try:
            return parent._render(context)
        finally:
            state.template = previous


class IncludeNode(AnnotatedNode):
    """Renders another template in place."""

    child_nodelists = ()

    def __init__(
        self,
        template: FilterExpression,
        *args: Any,
        extra_context: dict[str, FilterExpression] | None = None,
        isolated_context: bool = False,
        **kwargs: Any,
    ) -> None:
        self.template = template
        self.extra_context = extra_context or {}
        self.isolated_context = isolated_context
        # A quoted name was made absolute while parsing; it never changes.
        self._names: tuple[Any, ...] | None = None
        if isinstance(template, FilterExpression) and not (template.is_var or template.filters):
            self._names = (str(template.var),) if isinstance(template.var, str) and template.var else None
        super().__init__(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__}: template={self.template!r}>"

    def render(self, context: Any) -> Any:
        names = self._names
        if names is None:
            template = self._find(context)
        else:
            loaded = context.render_context.dicts[0]
            template = loaded.get(self)
            if template is None:
                template = loaded[self] = context.template.engine.select_template(names)
        values = {}
        for name, expression in self.extra_context.items():
            values[name] = expression.resolve(context)
        if self.isolated_context:
            return template.render(context.new(values))
        levels = context.dicts
        levels.append(values)
        try:
            return render_inside(template, context)
        finally:
            levels.pop()

    def _find(self, context: Any) -> Any:
        """Return the template for an expression: one given as an object, or loaded once per rendering."""
        template = self.template.resolve(context)
        if callable(getattr(template, "render", None)):
            return template.template if hasattr(template, "template") else template
        names = template or ()
        if isinstance(names, str):
            names = (absolute_name(self.origin.template_name, names, allow_recursion=True),)
        else:
            names = tuple(names)
        found = context.render_context.dicts[0].setdefault(self, {})
        template = found.get(names)
        if template is None:
            template = found[names] = context.template.engine.select_template(names)
        return template


def absolute_name(current_template_name: str | None, relative_name: str, allow_recursion: bool = False) -> str:
    """Turn a quoted or bare name that begins with `./` or `../` into one from the root.

    Args:
        current_template_name: where it is used; None for a template without a name.
        relative_name: the name as written, with its quotes if it has any.
        allow_recursion: whether the result may be the same template.

    Raises:
        TemplateSyntaxError: it points outside of the root or at the template itself, or that has no name.
    """
    bare = relative_name.strip("'\"")
    if not bare.startswith(("./", "../")):
        return relative_name
    if current_template_name is None:
        raise TemplateSyntaxError(
            f"The relative path {relative_name} cannot be evaluated due to an unknown template origin."
        )
    path = posixpath.normpath(posixpath.join(posixpath.dirname(current_template_name.lstrip("/")), bare))
    if path.startswith("../"):
        raise TemplateSyntaxError(
            f"The relative path '{relative_name}' points outside the file hierarchy that template "
            f"'{current_template_name}' is in."
        )
    if not allow_recursion and current_template_name.lstrip("/") == path:
        raise TemplateSyntaxError(
            f"The relative path '{relative_name}' was translated to template name '{path}', the same template in "
            "which the tag appears."
        )
    quoted = len(relative_name) > 1 and relative_name[0] == relative_name[-1] and relative_name[0] in "\"'"
    return f'"{path}"' if quoted else path


@register.tag("block")
def block_tag(parser: Any, token: Any) -> BlockNode:
    """Name a part that derived templates may replace: `{% block name %}…{% endblock name %}`."""
    words = token.contents.split()
    if len(words) != 2:
        raise TemplateSyntaxError(f"'{words[0]}' tag takes only one argument")
    name = words[1]
    # Names are kept on the parser, so that each template checks its own.
    seen = parser.__dict__.setdefault("_block_names", set())
    if name in seen:
        raise TemplateSyntaxError(f"'{words[0]}' tag with name '{name}' appears more than once")
    seen.add(name)
    nodelist = parser.parse(("endblock",))
    endblock = parser.next_token()
    acceptable = ("endblock", f"endblock {name}")
    if endblock.contents not in acceptable:
        parser.invalid_block_tag(endblock, "endblock", acceptable)
    return BlockNode(name, nodelist)


@register.tag("extends")
def extends_tag(parser: Any, token: Any) -> ExtendsNode:
    """Build on another template: `{% extends "base.html" %}` or `{% extends variable %}`."""
    bits = token.split_contents()
    if len(bits) != 2:
        raise TemplateSyntaxError(f"'{bits[0]}' takes one argument")
    bits[1] = absolute_name(parser.origin.template_name, bits[1])
    parent_name = parser.compile_filter(bits[1])
    nodelist = parser.parse()
    if nodelist.get_nodes_by_type(ExtendsNode):
        raise TemplateSyntaxError(f"'{bits[0]}' cannot appear more than once in the same template")
    return ExtendsNode(nodelist, parent_name)


@register.tag("include")
def include_tag(parser: Any, token: Any) -> IncludeNode:
    """Render another template here: `{% include "part.html" with a=1 only %}`."""
    bits = token.split_contents()
    if len(bits) < 2:
        raise TemplateSyntaxError(
            f"{bits[0]!r} tag takes at least one argument: the name of the template to be included."
        )
    options: dict[str, Any] = {}
    remaining = bits[2:]
    while remaining:
        option = remaining.pop(0)
        if option in options:
            raise TemplateSyntaxError(f"The {option!r} option was specified more than once.")
        if option == "with":
            options[option] = token_kwargs(remaining, parser, support_legacy=False)
            if not options[option]:
                raise TemplateSyntaxError(f'"with" in {bits[0]!r} tag needs at least one keyword argument.')
        elif option == "only":
            options[option] = True
        else:
            raise TemplateSyntaxError(f"Unknown argument for {bits[0]!r} tag: {option!r}.")
    name = absolute_name(parser.origin.template_name, bits[1], allow_recursion=True)
    return IncludeNode(
        parser.compile_filter(name),
        extra_context=options.get("with", {}),
        isolated_context=options.get("only", False),
    )


def included_names(nodes: Iterable[Any]) -> list[str]:
    """Return the constant names that nodes include or extend, for checks that do not render."""
    names: list[str] = []
    for node in nodes:
        expression = getattr(node, "parent_name", None) if isinstance(node, ExtendsNode) else None
        if isinstance(node, IncludeNode):
            expression = node.template
        if expression is not None and not expression.is_var and not expression.filters:
            names.append(str(expression.var))
    return names


for _documented in (BlockContext, BlockNode, ExtendsNode, IncludeNode, absolute_name):
    _documented.__module__ = "hotclub.template.loader_tags"
