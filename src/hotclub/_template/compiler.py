"""From a list of nodes to a function, and from an error in that function back to the node.

The Python compiler's result is kept by source text in a bounded cache: templates of the same form share code, since
constants are globals of the function and not part of its text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import CodeType, FunctionType, TracebackType
from typing import Any

from hotclub._template.emitter import Emitter, Flavour
from hotclub._template.runtime import NAMESPACE
from hotclub._template.scopes import Scopes

CODE_CACHE_SIZE = 128


class Compiled:
    """A generated function and what leads back from its lines to nodes."""

    __slots__ = ("function", "owners", "size")

    def __init__(self, code: CodeType, constants: dict[str, Any], owners: Sequence[Any], size: int) -> None:
        self.function: Callable[[Any], str] = FunctionType(code, {**constants, "__builtins__": NAMESPACE}, "render")
        self.owners = owners
        self.size = size

    def node_of(self, traceback: TracebackType | None) -> Any:
        """Return the node whose line raised, or None if the error came from elsewhere."""
        code = self.function.__code__
        while traceback is not None:
            if traceback.tb_frame.f_code is code:
                return self.owners[traceback.tb_lineno - 1]
            traceback = traceback.tb_next
        return None


def compile_nodes(nodes: Sequence[Any], flavour: Flavour) -> Compiled:
    """Generate the function that renders some nodes.

    Args:
        nodes: nodes of ours are written out, foreign ones are called.
        flavour: options that are fixed in the code.
    """
    source, emitter = write(nodes, flavour)
    return Compiled(_code(source), emitter.constants, emitter.owners, len(nodes))


def write(nodes: Sequence[Any], flavour: Flavour) -> tuple[str, Emitter]:
    """Write the Python source for some nodes; the emitter knows its constants and which node owns a line."""
    emitter = Emitter(flavour, Scopes())
    emitter.body(nodes)
    return "\n".join(emitter.finish()), emitter


@lru_cache(maxsize=CODE_CACHE_SIZE)
def _code(source: str) -> CodeType:
    module = compile(source, "<template>", "exec", dont_inherit=True)
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))
