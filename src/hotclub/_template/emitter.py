"""Writes the Python of a template: lines, constants, names that are known, pieces of output that wait to be joined.

Nodes call it from `emit`. It decides how an expression is resolved (which fast path, which guard) and when pieces are
written out; it knows no tag. `scopes` says which parts are closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from keyword import iskeyword
from typing import Any, NamedTuple

from hotclub._template.conditions import Binary, Condition, Literal, Not
from hotclub._template.expression import FilterExpression, Variable
from hotclub._template.filters import short_way_of
from hotclub._template.scopes import MOST_DEPTH, Scopes
from hotclub.utils.safestring import SafeString

_CONSTANT_NAMES = frozenset({"True", "False", "None"})
"""Names that live in the lowest level of every context."""


FEW_NAMES = 2
"""So many names are looked up one by one; for more of them the levels of the context are merged first."""


MOST_PIECES = 4000
"""So many pieces of output are gathered before they are joined."""


class Loop(NamedTuple):
    """How a closed loop's `forloop` is known: by locals instead of a dictionary."""

    number: str
    length: str
    parent: Any  # a Loop, or None

    def member(self, parts: Sequence[str]) -> str | None:
        """Return the Python expression for `forloop.<parts>`, or None if it is not a fixed member."""
        if not parts:
            return None
        if parts[0] == "parentloop":
            return self.parent.member(parts[1:]) if isinstance(self.parent, Loop) else None
        if len(parts) != 1:
            return None
        pattern = LOOP_MEMBERS.get(parts[0])
        return pattern.format(index=self.number, length=self.length) if pattern else None


LOOP_MEMBERS = {
    "counter0": "{index}",
    "counter": "({index} + 1)",
    "revcounter": "({length} - {index})",
    "revcounter0": "({length} - {index} - 1)",
    "first": "({index} == 0)",
    "last": "({index} == {length} - 1)",
    "length": "{length}",
}


class Flavour(NamedTuple):
    """The options that change the text of generated code."""

    autoescape: bool
    marks_invalid: bool  # the engine has a `string_if_invalid`


class Emitter:
    """Collects the body of one function.

    Args:
        flavour: options of this compilation.
        scopes: answers which nodes are closed and which names they read.
    """

    def __init__(self, flavour: Flavour, scopes: Scopes) -> None:
        self.flavour = flavour
        self.scopes = scopes
        self.autoescape = flavour.autoescape
        self.lines: list[str] = []
        self.owners: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.known: dict[str, Any] = {}
        self.in_region = False
        self.loop_depth = 0
        self.blocks = 0
        self.needs_plain = False
        self._constant_names: dict[int, str] = {}
        self._indent = "    "
        self._depth = 0
        self._count = 0
        self._pieces: list[tuple[bool, str]] = []
        self._append = "append"
        self._appended = False
        self._folds = False
        self._owner: Any = None

    # Lines ---------------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Write one line at the current depth."""
        self.lines.append(self._indent + text)
        self.owners.append(self._owner)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Write a header and indent what follows; waiting output is written out on both sides."""
        self.flush()
        with self.guard(header):
            yield
            self.flush()

    @contextmanager
    def guard(self, header: str) -> Iterator[None]:
        """Write a header and indent what follows, for code that writes no output."""
        self.line(header)
        counts = not header.startswith(("if", "el"))
        self.blocks += counts
        indent, self._indent = self._indent, self._indent + "  "
        self._depth += 1
        start = len(self.lines)
        yield
        if len(self.lines) == start:
            self.line("pass")
        self._indent = indent
        self._depth -= 1
        self.blocks -= counts

    def temp(self) -> str:
        """Return a fresh local name."""
        self._count += 1
        return f"t{self._count}"

    def constant(self, value: Any) -> str:
        """Return the name by which generated code sees an object."""
        if value is None or value is True or value is False:
            return repr(value)
        if type(value) is int and -1000 < value < 1000:
            return f"({value})"
        name = self._constant_names.get(id(value))
        if name is None:
            name = f"k{len(self.constants)}"
            self.constants[name] = value
            self._constant_names[id(value)] = name
        return name

    # Output --------------------------------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """Add literal text to the output."""
        if text:
            self._pieces.append((True, text))

    def piece(self, name: str) -> None:
        """Add the text in a local to the output; the local must not change before the output is written."""
        self._pieces.append((False, name))

    def joined(self) -> str:
        """Take the waiting pieces as one Python expression."""
        pieces, self._pieces = self._pieces, []
        if len(pieces) == 1 and not pieces[0][0]:
            return pieces[0][1]
        parts: list[str] = []
        literal = ""
        for is_text, content in pieces:
            if is_text:
                literal += content
                continue
            if literal:
                parts.append(repr(literal))
                literal = ""
            parts.append(f"f'{{{content}}}'")
        if literal or not parts:
            parts.append(repr(str(literal)))
        return " ".join(parts)

    def flush(self) -> None:
        """Write the waiting pieces out."""
        if self._pieces:
            self._appended = True
            self.line(f"{self._append}({self.joined()})")

    def fold(self) -> None:
        """At the end of an iteration of an outermost loop: join what has gathered, so that its memory is used again.

        Joined parts stay apart at the front of the list: nothing is copied twice, however long the loop.
        """
        self.flush()
        if self.loop_depth == 1 and self._append == "append" and self._appended:
            self._folds = True
            self.line(f"if len(out) - folded > {MOST_PIECES}: out[folded:] = (''.join(out[folded:]),); folded += 1")

    @contextmanager
    def capture(self) -> Iterator[str]:
        """Collect the output of a part in a local, whose name is given, instead of writing it."""
        self.flush()
        name, buffer = self.temp(), self.temp()
        self.line(f"{buffer} = []")
        self.line(f"{buffer}a = {buffer}.append")
        outer, self._append = self._append, f"{buffer}a"
        yield name
        self.flush()
        self._append = outer
        self.line(f"{name} = ''.join({buffer})")

    def finish(self) -> list[str]:
        """Return the lines of the whole function."""
        header = ["def render(context):"]
        if self.needs_plain:
            header.append("    plain = plain_integers(context)")
        if self._appended:
            self.flush()
            header.append(f"    out = []; append = out.append{'; folded = 0' if self._folds else ''}")
            self.line("return ''.join(out)")
        else:
            self.line(f"return {self.joined()}")
        self.owners[:0] = [None] * len(header)
        return header + self.lines

    # Nodes ---------------------------------------------------------------------------------------------------------

    def body(self, nodes: Iterable[Any]) -> None:
        """Write the nodes of a list: closed runs with the names they read taken from the context once."""
        if self.in_region:
            for node in nodes:
                self.node(node)
            return
        run: list[Any] = []
        for node in nodes:
            if self.scopes.closed(node) and self._has_room_for(node):
                run.append(node)
                continue
            self._region(run)
            run = []
            self._open(node)
        self._region(run)

    def _has_room_for(self, node: Any) -> bool:
        return (
            self.blocks + self.scopes.height(node) <= self.scopes.most_blocks
            and self._depth + self.scopes.depth(node) <= MOST_DEPTH
        )

    def _region(self, run: list[Any]) -> None:
        if not run:
            return
        names: dict[str, None] = {}
        for node in run:
            names.update(self.scopes.names(node))
        self._load([name for name in names if name not in self.known])
        self.in_region = True
        try:
            for node in run:
                self.node(node)
        finally:
            self.in_region = False

    def _load(self, names: list[str]) -> None:
        plain = [name for name in names if name not in _CONSTANT_NAMES]
        get = ""
        if len(plain) > FEW_NAMES:
            get = self.temp()
            self.line(f"{get} = reader(context)")
        for name in names:
            local = self.temp()
            if get and name not in _CONSTANT_NAMES:
                self.line(f"{local} = {get}({name!r}, MISSING)")
            else:
                self.line(f"{local} = read(context, {name!r})")
            self.known[name] = local

    def _open(self, node: Any) -> None:
        """Write a node during which the context may be seen or changed."""
        if self.scopes.compiled(node) and self.blocks + 4 <= self.scopes.most_blocks and self._depth <= MOST_DEPTH // 2:
            self.node(node)
        else:
            self.foreign(node)
        self.known.clear()

    def node(self, node: Any) -> None:
        """Write one node of ours."""
        outer, self._owner = self._owner, node
        node.emit(self)
        self._owner = outer

    def foreign(self, node: Any) -> None:
        """Call a node through its documented `render`."""
        outer, self._owner = self._owner, node
        text = self.temp()
        if self.scopes.ours(node):
            self.line(f"{text} = {self.constant(node.render)}(context)")
        else:
            self.line(f"{text} = rendered({self.constant(node)}.render_annotated(context), {self.constant(node)})")
        self.piece(text)
        self._owner = outer

    # Expressions ---------------------------------------------------------------------------------------------------

    def raw(self, name: str) -> str:
        """Return the Python expression for a context name as it stands there; `MISSING` if it does not."""
        local = self.known.get(name)
        if local is None:
            local = self.temp()
            self.line(f"{local} = read(context, {name!r})")
        return str(local)

    def variable(self, variable: Variable, failure: str) -> str:
        """Resolve a variable.

        Args:
            variable: what to resolve.
            failure: what a missing one gives: "_text", "_none", or "" to raise.
        """
        if variable.lookups is None:
            if variable.translate:
                return self.assign(f"{self.constant(variable)}.resolve(context)")
            return self.constant(variable.literal)
        first, *rest = variable.lookups
        loop = self.known.get(first)
        if isinstance(loop, Loop):
            member = loop.member(rest)
            if member is not None:
                return member
            raise AssertionError(f"forloop needs a dictionary here: {variable}")
        raw = self.raw(first)
        value = self.temp()
        if not rest:
            self.line(f"{value} = {raw}")
            self.line(f"if type({value}) not in PLAIN: {value} = settle{failure}({value}, {first!r}, context)")
        elif len(rest) == 1:
            self._attribute(value, raw, first, rest[0], failure)
        else:
            self.line(f"{value} = path{failure}({raw}, {first!r}, {tuple(rest)!r}, context)")
        if variable.translate:
            return self.assign(f"{self.constant(variable)}.translated({value})")
        return value

    def _attribute(self, value: str, raw: str, first: str, bit: str, failure: str) -> None:
        """Follow a path of two parts; dictionaries and plain objects are asked in place."""
        arguments = f"({raw}, {first!r}, {bit!r}, context)"
        # ASCII only: in code Python folds other letters ("ﬁ") into the plain ones.
        if not (bit.isascii() and bit.isidentifier()) or iskeyword(bit):
            self.line(f"{value} = attribute{failure}{arguments}")
            return
        with self.guard(f"if type({raw}) in OBJECTS:"):
            self.line(f"try: {value} = {raw}.{bit}")
            self.line(f"except Exception: {value} = recover{failure}{arguments}")
        self.line(
            f"else: {value} = {raw}[{bit!r}] if type({raw}) is dict and {bit!r} in {raw} else "
            f"attribute{failure}{arguments}"
        )
        self.line(
            f"if type({value}) not in PLAIN and callable({value}): {value} = settle{failure}({value}, {bit!r}, context)"
        )

    def assign(self, expression: str) -> str:
        """Write `local = expression` and return the local."""
        local = self.temp()
        self.line(f"{local} = {expression}")
        return local

    def value(self, expression: FilterExpression, failure: str = "_text") -> str:
        """Resolve a filter expression; the result is a local or a constant expression."""
        if not expression.is_var:
            value = self.constant(expression.var)
        elif failure == "_text" and self.flavour.marks_invalid:
            return self._marked_value(expression)
        else:
            value = self.variable(expression.var, failure)
        return self._filtered(value, expression)

    def _marked_value(self, expression: FilterExpression) -> str:
        """Resolve where the engine has a `string_if_invalid`, which passes by the filters."""
        result = self.temp()
        with self.guard("try:"):
            value = self.variable(expression.var, "")
            self.line(f"{result} = {value}")
        with self.guard("except VariableDoesNotExist:"):
            self.line(f"{result} = invalid_output(context, {self.constant(expression.var)})")
        if expression.filters:
            with self.guard("else:"):
                self.line(f"{result} = {self._filtered(result, expression)}")
        return result

    def _filtered(self, value: str, expression: FilterExpression) -> str:
        for function, arguments in expression.filters:
            given = [self.variable(arg, "") if is_variable else self.constant(arg) for is_variable, arg in arguments]
            value = self._filter(value, function, given)
        return value

    def _filter(self, value: str, function: Callable[..., Any], arguments: list[str]) -> str:
        if not value.isidentifier() or value[0] != "t":
            value = self.assign(value)
        short = short_way_of(function)
        result = self.temp()
        if short is None:
            self._general_filter(value, result, function, arguments)
            return result
        if short.code and short.arguments == len(arguments):
            code = short.code.format(value, *arguments)
            if not short.guard:
                return self.assign(code)
            self.line(f"if {short.guard.format(value, *arguments)}: {result} = {code}")
        elif short.inner is not None:
            call = self._call(function, short.inner, value, arguments)
            self.line(f"if type({value}) is str: {result} = {call}")
        else:
            self._general_filter(value, result, function, arguments)
            return result
        with self.guard("else:"):
            self._general_filter(value, result, function, arguments)
        return result

    def _call(self, function: Callable[..., Any], target: Callable[..., Any], value: str, arguments: list[str]) -> str:
        words = [value, *arguments]
        if getattr(function, "needs_autoescape", False):
            words.append(f"autoescape={self.autoescape}")
        return f"{self.constant(target)}({', '.join(words)})"

    def _general_filter(self, value: str, result: str, function: Callable[..., Any], arguments: list[str]) -> None:
        source = value
        if getattr(function, "expects_localtime", False):
            source = self.assign(f"localtime({value}, context.use_tz)")
        self.line(f"{result} = {self._call(function, function, source, arguments)}")
        if getattr(function, "is_safe", False):
            self.line(f"if isinstance({source}, SafeData): {result} = mark_safe({result})")

    def output(self, expression: FilterExpression) -> None:
        """Write the text of an expression into the output."""
        variable = expression.var
        if not expression.filters:
            if not expression.is_var and type(variable) is SafeString:
                self.text(str(variable))
                return
            if expression.is_var and variable.lookups and len(variable.lookups) == 1 and not variable.translate:
                name = variable.lookups[0]
                if not isinstance(self.known.get(name), Loop):
                    raw = self.raw(name)
                    self._show(raw, f"show_name({raw}, {self.constant(variable)}, context)")
                    return
        value = self.value(expression)
        if not value.isidentifier():
            value = self.assign(value)
        self._show(value, f"show({value}, context)")

    def _show(self, value: str, general: str) -> None:
        text = self.temp()
        self.line(f"{text} = {value}")
        if self.autoescape:
            with self.guard(f"if type({text}) is str:"):
                self.line(f"{text} = escape_inner({text})")
                self.line(f"if {text} is not {value}: {text} = documented_entities({text})")
        else:
            self.line(f"if type({text}) is str: pass")
        if self.loop_depth:
            self.needs_plain = True
            self.line(f"elif plain and type({text}) is int: {text} = str({text})")
        self.line(f"elif type({text}) is not SafeString: {text} = {general}")
        self.piece(text)

    # Conditions ----------------------------------------------------------------------------------------------------

    def decision(self, condition: Condition) -> str:
        """Evaluate a whole condition; the missing argument of a filter makes it false."""
        if not isinstance(condition, Literal):
            return self.condition(condition)  # operators catch every failure
        expression = condition.value
        if not any(is_variable for _, arguments in expression.filters for is_variable, _ in arguments):
            return self.value(expression, "_none")
        found = self.temp()
        with self.guard("try:"):
            self.line(f"{found} = {self.value(expression, '_none')}")
        with self.guard("except VariableDoesNotExist:"):
            self.line(f"{found} = None")
        return found

    def condition(self, condition: Condition) -> str:
        """Evaluate a condition into a local or constant expression; an operator that fails is false."""
        operators: list[Not | Binary] = []
        while not isinstance(condition, Literal):  # a chain `a and b and c …` is a long way to its first operand
            assert isinstance(condition, Not | Binary)
            operators.append(condition)
            condition = condition.operand if isinstance(condition, Not) else condition.first
        if not operators:
            return self.value(condition.value, "_none")
        found = ""
        for operator in reversed(operators):
            found = self._operator(operator, found, condition)
        return found

    def _operator(self, operator: Not | Binary, first: str, literal: Literal) -> str:
        """Apply an operator to a first operand; that is still to be evaluated, inside the guard, if it is a literal."""
        result = self.temp()
        second = ""
        if isinstance(operator, Binary) and operator.name not in ("and", "or"):
            if not isinstance(operator.second, Literal):
                second = self.condition(operator.second)  # cannot fail: guards need not nest
        with self.guard("try:"):
            first = first or self.value(literal.value, "_none")
            if isinstance(operator, Not):
                self.line(f"{result} = not {first}")
            elif operator.name in ("and", "or"):
                self.line(f"{result} = {first}")
                with self.guard(f"if {'not ' if operator.name == 'or' else ''}{result}:"):
                    self.line(f"{result} = {self.condition(operator.second)}")
            else:
                second = second or self.condition(operator.second)
                if operator.name.startswith("is"):
                    first = self.assign(first)  # Python warns of `is` with a literal
                    second = self.assign(second)
                self.line(f"{result} = {first} {operator.name} {second}")
        with self.guard("except Exception:"):
            self.line(f"{result} = False")
        return result
