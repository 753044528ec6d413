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

CODE_CACHE_SIZE = 512

COLD_RENDERINGS = 8
"""A node list is first written in few lines, as the Python compiler's time grows with them; rendered so often, it is
written again with all fast paths in place."""


class Compiled:
    """A generated function and what leads back from its lines to nodes."""

    __slots__ = ("function", "owners", "renderings_left", "size", "source")

    def __init__(self, function: Callable[[Any], str], owners: Sequence[Any], size: int, source: str) -> None:
        self.function = function
        self.owners = owners
        self.size = size
        self.source = source
        self.renderings_left = 0

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
    emitter = Emitter(flavour, Scopes())
    emitter.body(nodes)
    source = "\n".join(emitter.finish())
    namespace = dict(emitter.constants)
    namespace["__builtins__"] = NAMESPACE
    function = FunctionType(_code(source), namespace, "render")
    compiled = Compiled(function, emitter.owners, len(nodes), source)
    compiled.renderings_left = 0 if flavour.hot else COLD_RENDERINGS
    return compiled


@lru_cache(maxsize=CODE_CACHE_SIZE)
def _code(source: str) -> CodeType:
    module = compile(source, "<template>", "exec", dont_inherit=True)
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))
