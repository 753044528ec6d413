"""Documented path of the parser behind `{% if %}`."""

from hotclub._template.conditions import IfParser, Literal

__all__ = ["IfParser", "Literal"]
