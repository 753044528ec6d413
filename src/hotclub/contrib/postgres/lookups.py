"""The text lookups that PostgreSQL's extensions and its full-text search bring.

Source: docs ref/contrib/postgres/lookups and search.
"""

from __future__ import annotations

from hotclub.contrib.postgres.operators import OperatorLookup
from hotclub.contrib.postgres.search import SearchMatch
from hotclub.db.models import CharField, TextField, Transform


class Unaccent(Transform):
    """The text without its accents (extension `unaccent`); both sides of a comparison."""

    bilateral = True
    lookup_name = "unaccent"
    function = "UNACCENT"


class SearchLookup(SearchMatch):
    """Full-text search in a text."""

    lookup_name = "search"


class TrigramSimilar(OperatorLookup):
    """Similarity over the threshold `pg_trgm.similarity_threshold`."""

    lookup_name = "trigram_similar"
    operator = "%%"


class TrigramWordSimilar(OperatorLookup):
    """Similarity of a word over the threshold `pg_trgm.word_similarity_threshold`."""

    lookup_name = "trigram_word_similar"
    operator = "%%>"


class TrigramStrictWordSimilar(OperatorLookup):
    """Similarity of whole words over the threshold `pg_trgm.strict_word_similarity_threshold`."""

    lookup_name = "trigram_strict_word_similar"
    operator = "%%>>"


TEXT_LOOKUPS = (Unaccent, SearchLookup, TrigramSimilar, TrigramWordSimilar, TrigramStrictWordSimilar)


def register_text_lookups() -> None:
    """Give every text field the lookups of this module."""
    for lookup in TEXT_LOOKUPS:
        CharField.register_lookup(lookup)
        TextField.register_lookup(lookup)


def unregister_text_lookups() -> None:
    """Take them away again."""
    for lookup in TEXT_LOOKUPS:
        CharField._unregister_lookup(lookup)
        TextField._unregister_lookup(lookup)
