"""Documented path of contexts."""

from hotclub._template.context import (
    BaseContext,
    Context,
    ContextDict,
    ContextPopException,
    RenderContext,
    RequestContext,
    make_context,
)

__all__ = [
    "BaseContext",
    "Context",
    "ContextDict",
    "ContextPopException",
    "RenderContext",
    "RequestContext",
    "make_context",
]
