"""Documented path of the template language's parts, as third-party tags import them."""

from hotclub._template.context import Context, ContextPopException, RequestContext
from hotclub._template.errors import TemplateDoesNotExist, TemplateSyntaxError, VariableDoesNotExist
from hotclub._template.expression import FilterExpression, Variable, kwarg_re, token_kwargs
from hotclub._template.nodes import Node, NodeList, TextNode, VariableNode
from hotclub._template.output import render_value_in_context
from hotclub._template.parser import Parser
from hotclub._template.template import UNKNOWN_SOURCE, Origin, PartialTemplate, Template
from hotclub._template.tokens import (
    BLOCK_TAG_END,
    BLOCK_TAG_START,
    COMMENT_TAG_END,
    COMMENT_TAG_START,
    FILTER_ARGUMENT_SEPARATOR,
    FILTER_SEPARATOR,
    SINGLE_BRACE_END,
    SINGLE_BRACE_START,
    TRANSLATOR_COMMENT_MARK,
    VARIABLE_ATTRIBUTE_SEPARATOR,
    VARIABLE_TAG_END,
    VARIABLE_TAG_START,
    DebugLexer,
    Lexer,
    Token,
    TokenType,
)

__all__ = [
    "BLOCK_TAG_END",
    "BLOCK_TAG_START",
    "COMMENT_TAG_END",
    "COMMENT_TAG_START",
    "FILTER_ARGUMENT_SEPARATOR",
    "FILTER_SEPARATOR",
    "SINGLE_BRACE_END",
    "SINGLE_BRACE_START",
    "TRANSLATOR_COMMENT_MARK",
    "UNKNOWN_SOURCE",
    "VARIABLE_ATTRIBUTE_SEPARATOR",
    "VARIABLE_TAG_END",
    "VARIABLE_TAG_START",
    "Context",
    "ContextPopException",
    "DebugLexer",
    "FilterExpression",
    "Lexer",
    "Node",
    "NodeList",
    "Origin",
    "Parser",
    "PartialTemplate",
    "RequestContext",
    "Template",
    "TemplateDoesNotExist",
    "TemplateSyntaxError",
    "TextNode",
    "Token",
    "TokenType",
    "Variable",
    "VariableDoesNotExist",
    "VariableNode",
    "kwarg_re",
    "render_value_in_context",
    "token_kwargs",
]
