"""Tags that decide what is rendered: `if`, `for`, `ifchanged`, `with`, `autoescape`, `filter`, `spaceless`.

Each has two ways to be written. Where its body is closed, bindings are Python locals; elsewhere they live in a pushed
level of the context, as foreign code expects and as `render` has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hotclub._template.conditions import Condition, IfParser, Literal, leaves
from hotclub._template.emitter import LOOP_MEMBERS, Emitter, Loop
from hotclub._template.errors import TemplateSyntaxError, VariableDoesNotExist
from hotclub._template.expression import FilterExpression, token_kwargs
from hotclub._template.library import Library
from hotclub._template.lookup import MISSING
from hotclub._template.nodes import Bodies, CompiledNode, Node, NodeList
from hotclub._template.runtime import as_sequence, set_forloop, unpack
from hotclub.utils.html import strip_spaces_between_tags

register = Library()


@contextmanager
def known_as(out: Emitter, names: dict[str, Any]) -> Iterator[None]:
    """Bind names to locals for the code written inside."""
    outer = out.known
    out.known = {**outer, **names}
    try:
        yield
    finally:
        out.known = outer


@contextmanager
def only_known(out: Emitter, names: dict[str, Any]) -> Iterator[None]:
    """Forget what was read from the context, which the code inside may change, and bind names."""
    outer = out.known
    out.known = dict(names)
    try:
        yield
    finally:
        out.known = outer


# if ------------------------------------------------------------------------------------------------------------------


class Operand(Literal):
    """An operand of a condition: a filter expression."""

    def __init__(self, value: FilterExpression, text: str) -> None:
        super().__init__(value)
        self.text = text

    def display(self) -> str:
        return self.text

    def eval(self, context: Any) -> Any:
        return self.value.resolve(context, ignore_failures=True)


class ConditionParser(IfParser):
    """Parses the words of an `if` tag."""

    error_class = TemplateSyntaxError

    def __init__(self, parser: Any, *args: Any, **kwargs: Any) -> None:
        self.template_parser = parser
        super().__init__(*args, **kwargs)

    def create_var(self, value: str) -> Operand:
        return Operand(self.template_parser.compile_filter(value), value)


class IfNode(CompiledNode):
    """Conditions with their node lists; the condition None is `else`."""

    def __init__(self, conditions_nodelists: list[tuple[Condition | None, NodeList]]) -> None:
        self.conditions_nodelists = conditions_nodelists

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}>"

    def __iter__(self) -> Iterator[Any]:
        for _, nodelist in self.conditions_nodelists:
            yield from nodelist

    @property
    def nodelist(self) -> NodeList:
        """All nodes of all branches."""
        return NodeList(self)

    def expressions(self) -> Iterable[FilterExpression]:
        conditions = [condition for condition, _ in self.conditions_nodelists if condition is not None]
        return [leaf.value for leaf in leaves(conditions)]

    def bodies(self) -> Bodies:
        return [(nodelist, ()) for _, nodelist in self.conditions_nodelists]

    def render(self, context: Any) -> Any:
        for condition, nodelist in self.conditions_nodelists:
            if condition is not None:
                try:
                    chosen = condition.eval(context)
                except VariableDoesNotExist:  # the argument of a filter
                    chosen = None
                if not chosen:
                    continue
            return nodelist.text(context, inner=True)
        return ""

    def emit(self, out: Emitter) -> None:
        branches = self.conditions_nodelists
        if len(branches) == 1 or (len(branches) == 2 and branches[1][0] is None):
            condition, nodelist = branches[0]
            assert condition is not None
            with out.block(f"if {out.decision(condition)}:"):
                self._branch(out, nodelist)
            if len(branches) == 2 and branches[1][1]:
                with out.block("else:"):
                    self._branch(out, branches[1][1])
            return
        # Many branches: first find which one, so that the code does not nest with their number.
        chosen = out.assign("-1")
        for index, (condition, _) in enumerate(branches):
            if condition is None:
                out.line(f"if {chosen} < 0: {chosen} = {index}")
                continue
            with out.guard(f"if {chosen} < 0:"):
                out.line(f"if {out.decision(condition)}: {chosen} = {index}")
        for index, (_, nodelist) in enumerate(branches):
            with out.block(f"if {chosen} == {index}:"):  # no `elif`: to Python that is nesting
                self._branch(out, nodelist)

    def _branch(self, out: Emitter, nodelist: NodeList) -> None:
        with known_as(out, {}):
            out.body(nodelist)


@register.tag("if")
def if_tag(parser: Any, token: Any) -> IfNode:
    """Render what belongs to the first true condition: `{% if a and not b %}…{% elif c %}…{% else %}…{% endif %}`."""
    bits = token.split_contents()[1:]
    branches: list[tuple[Condition | None, NodeList]] = []
    condition: Condition | None = ConditionParser(parser, bits).parse()
    branches.append((condition, parser.parse(("elif", "else", "endif"))))
    token = parser.next_token()
    while token.contents.startswith("elif"):
        bits = token.split_contents()[1:]
        condition = ConditionParser(parser, bits).parse()
        branches.append((condition, parser.parse(("elif", "else", "endif"))))
        token = parser.next_token()
    if token.contents == "else":
        branches.append((None, parser.parse(("endif",))))
        token = parser.next_token()
    if token.contents != "endif":
        raise TemplateSyntaxError(f'Malformed template tag at line {token.lineno}: "{token.contents}"')
    return IfNode(branches)


# for -----------------------------------------------------------------------------------------------------------------


class ForNode(CompiledNode):
    """A loop over the values of an expression."""

    child_nodelists = ("nodelist_loop", "nodelist_empty")
    blocks = 2

    def __init__(
        self,
        loopvars: Sequence[str],
        sequence: FilterExpression,
        is_reversed: bool,
        nodelist_loop: NodeList,
        nodelist_empty: NodeList | None = None,
    ) -> None:
        self.loopvars = loopvars
        self.sequence = sequence
        self.is_reversed = is_reversed
        self.nodelist_loop = nodelist_loop
        self.nodelist_empty = NodeList() if nodelist_empty is None else nodelist_empty

    def __repr__(self) -> str:
        reversed_text = " reversed" if self.is_reversed else ""
        return (
            f"<{self.__class__.__name__}: for {', '.join(self.loopvars)} in {self.sequence}, "
            f"tail_len: {len(self.nodelist_loop)}{reversed_text}>"
        )

    def expressions(self) -> Iterable[FilterExpression]:
        return (self.sequence,)

    def bodies(self) -> Bodies:
        return [(self.nodelist_loop, ("forloop", *self.loopvars)), (self.nodelist_empty, ())]

    def render(self, context: Any) -> Any:
        sequence = as_sequence(self.sequence.resolve(context, ignore_failures=True))
        length = len(sequence)
        if not length > 0:
            with context.push():
                return self.nodelist_empty.text(context, inner=True)
        names, body = self.loopvars, self.nodelist_loop
        parent = context.get("forloop", MISSING)
        loop: dict[str, Any] = {"parentloop": {} if parent is MISSING else parent, "length": length}
        texts = []
        values = enumerate(reversed(sequence) if self.is_reversed else sequence)
        with context.push(forloop=loop) as level:
            if len(names) == 1:
                for index, item in values:
                    set_forloop(loop, index, length)
                    level[names[0]] = item
                    texts.append(body.text(context, inner=True))
            else:
                # What a body assigns lasts for one iteration where several variables are unpacked.
                with context.push() as level:
                    for index, item in values:
                        set_forloop(loop, index, length)
                        level.clear()
                        level.update(zip(names, unpack(item, len(names)), strict=True))
                        texts.append(body.text(context, inner=True))
        return "".join(texts)

    def emit(self, out: Emitter) -> None:
        out.flush()
        sequence = out.assign(f"as_sequence({out.value(self.sequence, '_none')})")
        length = out.assign(f"len({sequence})")
        with out.block(f"if {length} > 0:"):
            if out.in_region:
                self._emit_closed(out, sequence, length)
            else:
                self._emit_open(out, sequence, length)
        if self.nodelist_empty:
            with out.block("else:"), known_as(out, {}):
                if all(out.scopes.closed(node) for node in self.nodelist_empty):
                    out.body(self.nodelist_empty)
                    return
                out.line("context.push()")
                with out.block("try:"):
                    out.body(self.nodelist_empty)
                with out.guard("finally:"):
                    out.line("context.pop()")

    def _header(self, out: Emitter, sequence: str, index: str, item: str) -> str:
        values = f"reversed({sequence})" if self.is_reversed else sequence
        return f"for {index}, {item} in enumerate({values}):" if index else f"for {item} in {values}:"

    def _variables(self, out: Emitter, item: str) -> dict[str, str]:
        """Write the assignment of the loop variables; returns their locals."""
        if len(self.loopvars) == 1:
            return {self.loopvars[0]: item}
        count = len(self.loopvars)
        names = [out.temp() for _ in self.loopvars]
        out.line(f"if type({item}) is not tuple or len({item}) != {count}: {item} = unpack({item}, {count})")
        out.line(f"{', '.join(names)} = {item}")
        return dict(zip(self.loopvars, names, strict=True))

    def _emit_closed(self, out: Emitter, sequence: str, length: str) -> None:
        parent = out.known.get("forloop")
        wants_dict = out.scopes.wants_forloop(self.nodelist_loop)
        uses_forloop = wants_dict or "forloop" in names_in(out, self.nodelist_loop)
        index = out.temp() if uses_forloop else ""
        item = out.temp()
        binding: Any = Loop(index, length, parent)
        if wants_dict:
            binding = self._forloop_dict(out, length, parent)
        with out.block(self._header(out, sequence, index, item)):
            out.loop_depth += 1
            if wants_dict:
                out.line(f"set_forloop({binding}, {index}, {length})")
            names: dict[str, Any] = {"forloop": binding}
            names.update(self._variables(out, item))
            with known_as(out, names):
                out.body(self.nodelist_loop)
            out.fold()
            out.loop_depth -= 1

    def _forloop_dict(self, out: Emitter, length: str, parent: Any) -> str:
        if isinstance(parent, Loop):
            outer = out.assign(f"{{'parentloop': {{}}, 'length': {parent.length}}}")
            out.line(f"set_forloop({outer}, {parent.number}, {parent.length})")
        else:
            if parent is None:
                parent = out.assign("read(context, 'forloop')")
            outer = out.assign(f"{parent} if {parent} is not MISSING else {{}}")
        return out.assign(f"{{'parentloop': {outer}, 'length': {length}}}")

    def _emit_open(self, out: Emitter, sequence: str, length: str) -> None:
        parent = out.assign("read(context, 'forloop')")
        level = out.assign("context.push()")
        with out.guard("try:"):
            loop = out.assign(f"{level}['forloop'] = {{'parentloop': {parent} if {parent} is not MISSING else {{}}}}")
            out.line(f"{loop}['length'] = {length}")
            several = len(self.loopvars) > 1
            if several:
                # What the body assigns lasts for one iteration then.
                level = out.assign("context.push()")
            index, item = out.temp(), out.temp()
            with out.block(self._header(out, sequence, index, item)):
                out.loop_depth += 1
                members = {name: pattern.format(index=index, length=length) for name, pattern in LOOP_MEMBERS.items()}
                del members["length"]
                out.line("; ".join(f"{loop}[{name!r}] = {value}" for name, value in members.items()))
                names = self._variables(out, item)
                if several:
                    out.line(f"{level}.clear()")
                for name, local in names.items():
                    out.line(f"{level}[{name!r}] = {local}")
                with only_known(out, {**names, "forloop": loop}):
                    out.body(self.nodelist_loop)
                out.fold()
                out.loop_depth -= 1
        with out.guard("finally:"):
            out.line("context.pop(); context.pop()" if several else "context.pop()")


def names_in(out: Emitter, nodes: Sequence[Any]) -> set[str]:
    """Return the names that closed nodes read."""
    return {name for node in nodes for name in out.scopes.names(node)}


@register.tag("for")
def for_tag(parser: Any, token: Any) -> ForNode:
    """Render once per value: `{% for a, b in pairs reversed %}…{% empty %}…{% endfor %}`."""
    bits = token.split_contents()
    if len(bits) < 4:
        raise TemplateSyntaxError(f"'for' statements should have at least four words: {token.contents}")
    is_reversed = bits[-1] == "reversed"
    in_index = -3 if is_reversed else -2
    if bits[in_index] != "in":
        raise TemplateSyntaxError(f"'for' statements should use the format 'for x in y': {token.contents}")
    loopvars = [word.strip() for word in " ".join(bits[1:in_index]).split(",")]
    for word in loopvars:
        if not word or any(character in word for character in " \"'|"):
            raise TemplateSyntaxError(f"'for' tag received an invalid argument: {token.contents}")
    sequence = parser.compile_filter(bits[in_index + 1])
    nodelist_loop = parser.parse(("empty", "endfor"))
    token = parser.next_token()
    nodelist_empty = None
    if token.contents == "empty":
        nodelist_empty = parser.parse(("endfor",))
        parser.delete_first_token()
    return ForNode(loopvars, sequence, is_reversed, nodelist_loop, nodelist_empty)


# ifchanged -----------------------------------------------------------------------------------------------------------


class IfChangedNode(Node):
    """Renders where a value, or its own content, differs from the loop's last iteration."""

    annotated_by_caller = True
    child_nodelists = ("nodelist_true", "nodelist_false")

    def __init__(self, nodelist_true: NodeList, nodelist_false: NodeList, *varlist: FilterExpression) -> None:
        self.nodelist_true = nodelist_true
        self.nodelist_false = nodelist_false
        self._varlist = varlist

    def render(self, context: Any) -> Any:
        # The state lives as long as the loop; outside loops as long as the rendering.
        state = context.get("forloop", context.render_context)
        text = None
        if self._varlist:
            seen: Any = [expression.resolve(context, ignore_failures=True) for expression in self._varlist]
        else:
            seen = text = self.nodelist_true.render(context)
        if self not in state or seen != state[self]:
            state[self] = seen
            return self.nodelist_true.render(context) if text is None else text
        return self.nodelist_false.render(context) if self.nodelist_false else ""


@register.tag
def ifchanged(parser: Any, token: Any) -> IfChangedNode:
    """Render if values changed since the last iteration: `{% ifchanged a b %}…{% else %}…{% endifchanged %}`."""
    bits = token.split_contents()
    nodelist_true = parser.parse(("else", "endifchanged"))
    token = parser.next_token()
    nodelist_false = NodeList()
    if token.contents == "else":
        nodelist_false = parser.parse(("endifchanged",))
        parser.delete_first_token()
    return IfChangedNode(nodelist_true, nodelist_false, *[parser.compile_filter(bit) for bit in bits[1:]])


# with ----------------------------------------------------------------------------------------------------------------


class WithNode(CompiledNode):
    """Names for values, inside its body."""

    blocks = 1

    def __init__(
        self,
        var: Any,
        name: str | None,
        nodelist: NodeList,
        extra_context: dict[str, FilterExpression] | None = None,
    ) -> None:
        self.nodelist = nodelist
        self.extra_context = extra_context or {}
        if name:
            self.extra_context[name] = var

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}>"

    def expressions(self) -> Iterable[FilterExpression]:
        return self.extra_context.values()

    def bodies(self) -> Bodies:
        return [(self.nodelist, tuple(self.extra_context))]

    def render(self, context: Any) -> Any:
        with context.push(**{name: value.resolve(context) for name, value in self.extra_context.items()}):
            return self.nodelist.text(context, inner=True)

    def emit(self, out: Emitter) -> None:
        values = {name: out.assign(out.value(expression)) for name, expression in self.extra_context.items()}
        if out.in_region:
            with known_as(out, values):
                out.body(self.nodelist)
            return
        pairs = ", ".join(f"{name!r}: {value}" for name, value in values.items())
        out.flush()
        out.line(f"context.push({{{pairs}}})")
        with out.block("try:"), known_as(out, values):
            out.body(self.nodelist)
        with out.guard("finally:"):
            out.line("context.pop()")


@register.tag("with")
def with_tag(parser: Any, token: Any) -> WithNode:
    """Name values for a part of the template: `{% with a=1 b=user.name %}…{% endwith %}`."""
    bits = token.split_contents()
    remaining = bits[1:]
    extra_context = token_kwargs(remaining, parser, support_legacy=True)
    if not extra_context:
        raise TemplateSyntaxError(f"'{bits[0]}' expected at least one variable assignment")
    if remaining:
        raise TemplateSyntaxError(f"'{bits[0]}' received an invalid token: '{remaining[0]}'")
    nodelist = parser.parse(("endwith",))
    parser.delete_first_token()
    return WithNode(None, None, nodelist, extra_context=extra_context)


# autoescape, filter, spaceless ---------------------------------------------------------------------------------------


class AutoEscapeControlNode(CompiledNode):
    """Switches escaping for its body."""

    blocks = 1

    def __init__(self, setting: bool, nodelist: NodeList) -> None:
        self.setting = setting
        self.nodelist = nodelist

    def bodies(self) -> Bodies:
        return [(self.nodelist, ())]

    def render(self, context: Any) -> Any:
        saved, context.autoescape = context.autoescape, self.setting
        try:
            return self.nodelist.text(context, inner=True)
        finally:
            context.autoescape = saved

    def emit(self, out: Emitter) -> None:
        # The context's setting changes as well: general output functions and foreign code read it there.
        outer, out.autoescape = out.autoescape, self.setting
        out.flush()
        saved = out.assign("context.autoescape")
        out.line(f"context.autoescape = {self.setting}")
        with out.block("try:"):
            out.body(self.nodelist)
        with out.guard("finally:"):
            out.line(f"context.autoescape = {saved}")
        out.autoescape = outer


@register.tag
def autoescape(parser: Any, token: Any) -> AutoEscapeControlNode:
    """Switch automatic escaping: `{% autoescape off %}…{% endautoescape %}`."""
    words = token.contents.split()
    if len(words) != 2:
        raise TemplateSyntaxError("'autoescape' tag requires exactly one argument.")
    if words[1] not in ("on", "off"):
        raise TemplateSyntaxError("'autoescape' argument should be 'on' or 'off'")
    nodelist = parser.parse(("endautoescape",))
    parser.delete_first_token()
    return AutoEscapeControlNode(words[1] == "on", nodelist)


class FilterNode(Node):
    """Filters the text of its body; the text is called `var` meanwhile."""

    annotated_by_caller = True

    def __init__(self, filter_expr: FilterExpression, nodelist: NodeList) -> None:
        self.filter_expr = filter_expr
        self.nodelist = nodelist

    def render(self, context: Any) -> Any:
        text = self.nodelist.render(context)
        with context.push(var=text):
            return self.filter_expr.resolve(context)


@register.tag("filter")
def filter_tag(parser: Any, token: Any) -> FilterNode:
    """Apply filters to a part of the template: `{% filter lower|cut:" " %}…{% endfilter %}`."""
    _, *rest = token.contents.split(None, 1)
    if not rest:
        raise TemplateSyntaxError("'filter' tag requires at least one filter.")
    expression = parser.compile_filter(f"var|{rest[0]}")
    for function, _ in expression.filters:
        name = getattr(function, "_filter_name", None)
        if name in ("escape", "safe"):
            raise TemplateSyntaxError(f'"filter {name}" is not permitted. Use the "autoescape" tag instead.')
    nodelist = parser.parse(("endfilter",))
    parser.delete_first_token()
    return FilterNode(expression, nodelist)


class SpacelessNode(CompiledNode):
    """Removes white space between HTML tags of its body."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def bodies(self) -> Bodies:
        return [(self.nodelist, ())]

    def render(self, context: Any) -> Any:
        return strip_spaces_between_tags(self.nodelist.text(context, inner=True).strip())

    def emit(self, out: Emitter) -> None:
        with out.capture() as text:
            out.body(self.nodelist)
        out.line(f"{text} = {out.constant(strip_spaces_between_tags)}({text}.strip())")
        out.piece(text)


@register.tag
def spaceless(parser: Any, token: Any) -> SpacelessNode:
    """Remove white space between HTML tags: `{% spaceless %}…{% endspaceless %}`."""
    nodelist = parser.parse(("endspaceless",))
    parser.delete_first_token()
    return SpacelessNode(nodelist)
