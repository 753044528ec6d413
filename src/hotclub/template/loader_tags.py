"""Built-in tags that combine templates: `block`, `extends`, `include`."""

from hotclub._template.tags.inheritance import (
    BLOCK_CONTEXT_KEY,
    BlockContext,
    BlockNode,
    ExtendsNode,
    IncludeNode,
    construct_relative_path,
    register,
)

__all__ = [
    "BLOCK_CONTEXT_KEY",
    "BlockContext",
    "BlockNode",
    "ExtendsNode",
    "IncludeNode",
    "construct_relative_path",
    "register",
]
