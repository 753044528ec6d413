"""Writing XML, on the SAX generator of the standard library."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import XMLGenerator


class UnserializableContentError(ValueError):
    """A text has characters that XML 1.0 cannot hold."""


_FORBIDDEN = re.compile(r"[\x00-\x08\x0B-\x0C\x0E-\x1F]")


def _check(content: Any) -> None:
    if content and _FORBIDDEN.search(content):
        # https://www.w3.org/International/questions/qa-controls
        raise UnserializableContentError("Control characters are not supported in XML 1.0")


class SimplerXMLGenerator(XMLGenerator):
    """`XMLGenerator` with a method for a whole element, and attributes in a fixed order."""

    def addQuickElement(self, name: str, contents: Any = None, attrs: Any = None) -> None:
        """Write an element with contents and no children."""
        self.startElement(name, attrs or {})
        if contents is not None:
            self.characters(contents)
        self.endElement(name)

    def characters(self, content: Any) -> None:
        _check(content)
        super().characters(content)

    def startElement(self, name: str, attrs: Any) -> None:
        for value in attrs.values():
            _check(value)
        super().startElement(name, dict(sorted(attrs.items())))  # type: ignore[arg-type]  # a mapping will do
