"""Documented path of tag libraries."""

from hotclub._template.library import (
    InclusionNode,
    InvalidTemplateLibrary,
    Library,
    SimpleBlockNode,
    SimpleNode,
    TagHelperNode,
    import_library,
    parse_bits,
)

__all__ = [
    "InclusionNode",
    "InvalidTemplateLibrary",
    "Library",
    "SimpleBlockNode",
    "SimpleNode",
    "TagHelperNode",
    "import_library",
    "parse_bits",
]
