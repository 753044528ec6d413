"""The template system's documented names.

Settings come in here: which engines there are, which options they have. The language itself is `hotclub._template`.
"""

from hotclub._template.context import Context, ContextPopException, RequestContext
from hotclub._template.errors import TemplateDoesNotExist, TemplateSyntaxError, VariableDoesNotExist
from hotclub._template.expression import Variable
from hotclub._template.library import Library
from hotclub._template.nodes import Node, NodeList
from hotclub._template.template import Origin, PartialTemplate, Template
from hotclub.template.engine import Engine
from hotclub.template.handler import engines
from hotclub.template.utils import EngineHandler

__all__ = [
    "Context",
    "ContextPopException",
    "Engine",
    "EngineHandler",
    "Library",
    "Node",
    "NodeList",
    "Origin",
    "PartialTemplate",
    "RequestContext",
    "Template",
    "TemplateDoesNotExist",
    "TemplateSyntaxError",
    "Variable",
    "VariableDoesNotExist",
    "engines",
]
