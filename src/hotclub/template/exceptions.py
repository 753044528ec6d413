"""Documented path of the exceptions of the template system."""

from hotclub._template.errors import TemplateDoesNotExist, TemplateSyntaxError

__all__ = ["TemplateDoesNotExist", "TemplateSyntaxError"]
