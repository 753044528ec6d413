"""Catalogues of translated texts, read from .mo files.

A language's catalogue is a list of layers, the strongest first: `LOCALE_PATHS`, applications, the package itself, the
generic language ("de" for "de-at"), and at last the project's own language. Each layer keeps its own plural rule, so files
of different origin never count wrongly. Knows no settings: the directories are given.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable, Iterable
from typing import Any

CONTEXT_SEPARATOR = "\x04"

application_directories: list[Callable[[], Iterable[str]]] = []
"""Functions that give the directories of installed applications; the app registry puts itself here."""


class Layer:
    """Texts of one or more files that count plurals alike.

    Args:
        plural: gives the form for a number.
        plural_forms: the same as the file's header says it ("nplurals=2; plural=(n != 1);").
    """

    def __init__(self, plural: Callable[[int], int], plural_forms: str = "") -> None:
        self.plural = plural
        self.plural_forms = plural_forms
        self.texts: dict[Any, str] = {}

    def add(self, texts: dict[Any, str]) -> None:
        """Take in texts; those that are there already stay."""
        for key, text in texts.items():
            self.texts.setdefault(key, text)


class Catalogue:
    """All texts of a language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.layers: list[Layer] = []

    def add_file(self, translations: gettext.GNUTranslations) -> None:
        """Put a file below what is there."""
        texts: dict[Any, str] = translations._catalog  # type: ignore[attr-defined]
        plural: Callable[[int], int] = translations.plural  # type: ignore[attr-defined]
        if not self.layers or not _same_plural(self.layers[-1].plural, plural):
            self.layers.append(Layer(plural, _plural_forms(texts.get("", ""))))
        self.layers[-1].add({key: text for key, text in texts.items() if key != ""})

    def add_fallback(self, other: Catalogue) -> None:
        """Put another language's texts below everything."""
        self.layers.extend(other.layers)

    def find(self, message: str) -> str | None:
        """Return the translation, None if there is none."""
        for layer in self.layers:
            text = layer.texts.get(message)
            if text is not None:
                return text
        for layer in self.layers:
            # A message that only exists with plural forms answers with its singular.
            text = layer.texts.get((message, layer.plural(1)))
            if text is not None:
                return text
        return None

    def find_plural(self, message: str, number: float) -> str | None:
        """Return the translation in the form for the number, None if there is none."""
        for layer in self.layers:
            text = layer.texts.get((message, layer.plural(number)))  # type: ignore[arg-type]  # as gettext accepts it
            if text is not None:
                return text
        return None

    def keys(self) -> Iterable[Any]:
        """Give the keys of all layers (messages, and (message, form) for plurals)."""
        for layer in self.layers:
            yield from layer.texts

    @property
    def plural(self) -> Callable[[int], int]:
        """The plural rule of the strongest layer; the English one if there is none."""
        return self.layers[0].plural if self.layers else english_plural


def _plural_forms(header: str) -> str:
    """Return the value of Plural-Forms in a file's header, "" if it has none."""
    for line in header.split("\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "plural-forms":
            return value.strip()
    return ""


def english_plural(number: int) -> int:
    """Return 0 for one, 1 for other numbers."""
    return int(number != 1)


def _same_plural(first: Callable[[int], int], second: Callable[[int], int]) -> bool:
    # Compiled from the text of the header: equal code means an equal rule.
    first_code, second_code = getattr(first, "__code__", None), getattr(second, "__code__", None)
    if first_code is None or second_code is None:
        return first is second
    return bool(first_code.co_code == second_code.co_code and first_code.co_consts == second_code.co_consts)


def read_directory(directory: str, domain: str, locale: str) -> gettext.GNUTranslations | None:
    """Return the translations of a domain below `directory/locale/LC_MESSAGES`; None if there is no file."""
    path = os.path.join(directory, locale, "LC_MESSAGES", f"{domain}.mo")
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return gettext.GNUTranslations(file)
