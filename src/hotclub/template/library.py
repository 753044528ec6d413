"""Documented path of tag libraries."""

from hotclub._template.library import (
    FunctionNode,
    InclusionNode,
    InvalidTemplateLibrary,
    Library,
    SimpleBlockNode,
    SimpleNode,
    import_library,
    parse_bits,
)

__all__ = [
    "FunctionNode",
    "InclusionNode",
    "InvalidTemplateLibrary",
    "Library",
    "SimpleBlockNode",
    "SimpleNode",
    "import_library",
    "parse_bits",
]
