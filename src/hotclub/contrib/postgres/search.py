"""Full-text search and trigram similarity.

Source: docs ref/contrib/postgres/search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from hotclub.contrib.postgres.fields.base import PostgresField
from hotclub.contrib.postgres.lexemes import CombinedLexeme, Lexeme, QuotedQuery, quote_lexeme
from hotclub.contrib.postgres.operators import OperatorLookup
from hotclub.db.models import CharField, Expression, F, FloatField, Func, TextField, Value
from hotclub.db.models.functions import Cast, Coalesce

SQL = tuple[str, Sequence[Any]]


class SearchVectorField(PostgresField):
    """A column of prepared documents (`tsvector`)."""

    def db_type(self, connection: Any) -> str:
        return "tsvector"


class SearchQueryField(PostgresField):
    """A column of search queries (`tsquery`)."""

    def db_type(self, connection: Any) -> str:
        return "tsquery"


class _ConfigName(PostgresField):
    """The type of a text search configuration."""

    def db_type(self, connection: Any) -> str:
        return "regconfig"


class SearchConfig(Expression):
    """The text search configuration: a name, or an expression that gives one."""

    shape_attributes = ()

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config if hasattr(config, "resolve_expression") else Value(config)

    @classmethod
    def from_parameter(cls, config: Any) -> SearchConfig | None:
        """Return a configuration for what a caller gave; None stays None."""
        if config is None or isinstance(config, cls):
            return config
        return cls(config)

    def get_source_expressions(self) -> list[Any]:
        return [self.config]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.config,) = exprs

    def _resolve_output_field(self) -> Any:
        return _ConfigName()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.config)
        return f"{sql}::regconfig", params


class _Joined(Expression):
    """Two parts of one kind with an operator between them."""

    shape_attributes: ClassVar[tuple[str, ...]] = ("connector",)

    def __init__(self, left: Any, connector: str, right: Any) -> None:
        super().__init__()
        self.left, self.connector, self.right = left, connector, right

    @property
    def config(self) -> Any:
        """The configuration of the left part."""
        return self.left.config

    def get_source_expressions(self) -> list[Any]:
        return [self.left, self.right]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.left, self.right = exprs

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left, params = compiler.compile(self.left)
        right, right_params = compiler.compile(self.right)
        return f"({left} {self.connector} {right})", [*params, *right_params]

    def __str__(self) -> str:
        return f"({self.left} {self.connector} {self.right})"


class _VectorOperators:
    """Vectors are added."""

    shape_neutral = True
    config: Any

    def _combine(self, other: Any, connector: str, reversed: bool) -> Any:
        if connector != "+" or not isinstance(other, _VectorOperators):
            raise TypeError(
                f"SearchVector can only be combined with other SearchVector instances, got {type(other).__name__}."
            )
        left, right = (other, self) if reversed else (self, other)
        return CombinedSearchVector(left, "||", right)


class SearchVector(_VectorOperators, Func):
    """Texts prepared for searching.

    Args:
        *expressions: fields or expressions; NULL counts as an empty text.
        config: text search configuration, such as "french".
        weight: "A" to "D", for ranking.
    """

    shape_attributes = ("extra",)
    function = "to_tsvector"
    output_field = SearchVectorField()
    config: SearchConfig | None

    def __init__(self, *expressions: Any, config: Any = None, weight: Any = None) -> None:
        super().__init__(*expressions)
        self.config = SearchConfig.from_parameter(config)
        if weight is not None and not hasattr(weight, "resolve_expression"):
            weight = Value(weight)
        self.weight = weight

    def get_source_expressions(self) -> list[Any]:
        return [*super().get_source_expressions(), self.config, self.weight]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        *expressions, self.config, self.weight = exprs
        super().set_source_expressions(expressions)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        texts: list[str] = []
        params: list[Any] = []
        if self.config is not None:
            config_sql, config_params = compiler.compile(self.config)
            params.extend(config_params)
        for part in self.source_expressions:
            text = part if isinstance(part.output_field, (CharField, TextField)) else Cast(part, TextField())
            sql, part_params = compiler.compile(Coalesce(text, Value("")))
            texts.append(sql)
            params.extend(part_params)
        document = " || ' ' || ".join(texts)
        sql = f"to_tsvector({f'{config_sql}, ' if self.config is not None else ''}{document})"
        if self.weight is None:
            return sql, params
        weight_sql, weight_params = compiler.compile(self.weight)
        # The weight has a type of its own, one byte wide.
        return f'setweight({sql}, {weight_sql}::"char")', [*params, *weight_params]


class CombinedSearchVector(_VectorOperators, _Joined):
    """Vectors added to one another."""

    output_field = SearchVectorField()


class _QueryOperators:
    """Queries are joined by AND and OR, and negated."""

    shape_neutral = True
    config: Any

    def _joined(self, other: Any, connector: str, turned: bool) -> CombinedSearchQuery:
        if not isinstance(other, _QueryOperators):
            raise TypeError(
                f"SearchQuery can only be combined with other SearchQuery instances, got {type(other).__name__}."
            )
        left, right = (other, self) if turned else (self, other)
        return CombinedSearchQuery(left, connector, right)

    def __and__(self, other: Any) -> CombinedSearchQuery:
        return self._joined(other, "&&", False)

    def __rand__(self, other: Any) -> CombinedSearchQuery:
        return self._joined(other, "&&", True)

    def __or__(self, other: Any) -> CombinedSearchQuery:
        return self._joined(other, "||", False)

    def __ror__(self, other: Any) -> CombinedSearchQuery:
        return self._joined(other, "||", True)


class SearchQuery(_QueryOperators, Func):
    """What is searched for.

    Args:
        value: the words, an expression or a `Lexeme`.
        config: text search configuration.
        invert: match documents that the query does not.
        search_type: "plain" (all words), "phrase" (in this order), "raw" (PostgreSQL's own syntax; not for strangers'
            input) or "websearch" (quotes, `or` and `-` as people know them).

    Raises:
        ValueError: there is no such search type.
    """

    shape_attributes = ("extra", "function", "invert")
    output_field = SearchQueryField()
    SEARCH_TYPES = {
        "plain": "plainto_tsquery",
        "phrase": "phraseto_tsquery",
        "raw": "to_tsquery",
        "websearch": "websearch_to_tsquery",
    }
    config: SearchConfig | None

    def __init__(
        self,
        value: Any,
        output_field: Any = None,
        *,
        config: Any = None,
        invert: bool = False,
        search_type: str = "plain",
    ) -> None:
        if isinstance(value, QuotedQuery):
            search_type = "raw"  # lexemes are quoted already
        function = self.SEARCH_TYPES.get(search_type)
        if function is None:
            raise ValueError(f"Unknown search_type argument '{search_type}'.")
        self.function = function
        self.invert = invert
        self.config = SearchConfig.from_parameter(config)
        super().__init__(value if hasattr(value, "resolve_expression") else Value(value), output_field=output_field)

    def get_source_expressions(self) -> list[Any]:
        return [self.config, *super().get_source_expressions()]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.config, *expressions = exprs
        super().set_source_expressions(expressions)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        parts = [compiler.compile(part) for part in self.get_source_expressions() if part is not None]
        sql = f"{self.function}({', '.join(sql for sql, _params in parts)})"
        return (f"!!({sql})" if self.invert else sql), [param for _sql, params in parts for param in params]

    def __invert__(self) -> SearchQuery:
        made = self.copy()
        made.invert = not self.invert
        return made

    def __str__(self) -> str:
        text = super().__repr__()
        return f"~{text}" if self.invert else text


class CombinedSearchQuery(_QueryOperators, _Joined):
    """Queries joined by AND or OR."""

    shape_attributes = ("connector", "inverted")
    output_field = SearchQueryField()
    inverted = False

    def __invert__(self) -> CombinedSearchQuery:
        made = self.copy()
        made.inverted = not self.inverted
        return made

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().as_sql(compiler, connection)
        return (f"!!{sql}" if self.inverted else sql), params

    def __str__(self) -> str:
        text = super().__str__()
        return f"~{text}" if self.inverted else text


class SearchMatch(OperatorLookup):
    """Whether a document matches a query: equality of vectors, and the lookup `search` of texts."""

    shape_attributes = ()
    lookup_name = "exact"
    operator = "@@"
    prepare_rhs = False
    makes_expressions = True

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, rhs)
        if not isinstance(self.rhs, _QueryOperators):
            self.rhs = SearchQuery(self.rhs, config=getattr(self.lhs, "config", None))
        if not isinstance(getattr(self.lhs, "output_field", None), SearchVectorField):
            self.lhs = SearchVector(self.lhs, config=self.rhs.config)


SearchVectorField.register_lookup(SearchMatch)
SearchVectorField.register_lookup(SearchMatch, "search")


class _Weights(Func):
    """The weights of the labels D, C, B and A."""

    template = "%(expressions)s::float4[]"


def _query(value: Any, config: Any = None) -> Any:
    return value if hasattr(value, "resolve_expression") else SearchQuery(value, config=config)


class SearchRank(Func):
    """How well a document matches, the higher the better.

    Args:
        vector: a `SearchVector`, or the name of a field.
        query: a `SearchQuery`, or words.
        weights: four numbers, for the labels D, C, B and A.
        normalization: how the length of the document counts: PostgreSQL's bit mask, or an expression.
        cover_density: also look at how near the words stand to each other.
    """

    shape_attributes = ("extra", "function")
    output_field = FloatField()

    def __init__(
        self, vector: Any, query: Any, weights: Any = None, normalization: Any = None, cover_density: bool = False
    ) -> None:
        parts = [vector if hasattr(vector, "resolve_expression") else SearchVector(vector), _query(query)]
        if weights is not None:
            if not hasattr(weights, "resolve_expression"):
                weights = Value([float(weight) for weight in weights])
            parts.insert(0, _Weights(weights))
        if normalization is not None:
            parts.append(normalization if hasattr(normalization, "resolve_expression") else Value(normalization))
        self.function = "ts_rank_cd" if cover_density else "ts_rank"
        super().__init__(*parts)


class SearchHeadline(Func):
    """An excerpt of a document with the found words marked.

    Args:
        expression: the document: the name of a field or an expression.
        query: a `SearchQuery`, or words.
        config: text search configuration.
        start_sel, stop_sel: what is put around a found word.
        max_words, min_words: bounds of the excerpt's length.
        short_word: words up to this length do not begin or end it.
        highlight_all: the whole document rather than an excerpt.
        max_fragments: how many excerpts; 0 for one that need not be a sentence.
        fragment_delimiter: what stands between excerpts.
    """

    shape_attributes = ("extra",)
    function = "ts_headline"
    output_field = TextField()

    def __init__(
        self,
        expression: Any,
        query: Any,
        *,
        config: Any = None,
        start_sel: str | None = None,
        stop_sel: str | None = None,
        max_words: int | None = None,
        min_words: int | None = None,
        short_word: int | None = None,
        highlight_all: bool | None = None,
        max_fragments: int | None = None,
        fragment_delimiter: str | None = None,
    ) -> None:
        options = {
            "StartSel": start_sel,
            "StopSel": stop_sel,
            "MaxWords": max_words,
            "MinWords": min_words,
            "ShortWord": short_word,
            "HighlightAll": highlight_all,
            "MaxFragments": max_fragments,
            "FragmentDelimiter": fragment_delimiter,
        }
        chosen = ", ".join(f"{name}={_quoted(value)}" for name, value in options.items() if value is not None)
        parts = [expression, _query(query)]
        if config is not None:
            parts.insert(0, SearchConfig.from_parameter(config))
        if chosen:
            parts.append(Value(chosen))
        super().__init__(*parts)


def _quoted(value: Any) -> str:
    return '"' + str(value).replace('"', '""') + '"'


class _Trigram(Func):
    """A number that says how alike two texts are (extension `pg_trgm`)."""

    shape_attributes = ("extra",)
    output_field = FloatField()
    expression_first = True

    def __init__(self, expression: Any, string: Any, **extra: Any) -> None:
        if not hasattr(string, "resolve_expression"):
            string = Value(string)
        if not hasattr(expression, "resolve_expression"):
            expression = F(expression)
        super().__init__(*((expression, string) if self.expression_first else (string, expression)), **extra)


class _TrigramWord(_Trigram):
    """The same with the words of the searched text; the text that is looked for comes first."""

    shape_attributes = ("extra",)
    expression_first = False

    def __init__(self, string: Any, expression: Any, **extra: Any) -> None:
        super().__init__(expression, string, **extra)


class TrigramSimilarity(_Trigram):
    """0 (nothing in common) to 1 (the same)."""

    function = "SIMILARITY"


class TrigramDistance(_Trigram):
    """1 minus the similarity."""

    function = ""
    arg_joiner = " <-> "


class TrigramWordSimilarity(_TrigramWord):
    """The greatest similarity with a run of trigrams of the text."""

    function = "WORD_SIMILARITY"


class TrigramStrictWordSimilarity(_TrigramWord):
    """The greatest similarity with a run of whole words of the text."""

    function = "STRICT_WORD_SIMILARITY"


class TrigramWordDistance(_TrigramWord):
    """1 minus the word similarity."""

    function = ""
    arg_joiner = " <<-> "


class TrigramStrictWordDistance(_TrigramWord):
    """1 minus the strict word similarity."""

    function = ""
    arg_joiner = " <<<-> "


__all__ = [
    "CombinedLexeme",
    "CombinedSearchQuery",
    "CombinedSearchVector",
    "Lexeme",
    "SearchConfig",
    "SearchHeadline",
    "SearchMatch",
    "SearchQuery",
    "SearchQueryField",
    "SearchRank",
    "SearchVector",
    "SearchVectorField",
    "TrigramDistance",
    "TrigramSimilarity",
    "TrigramStrictWordDistance",
    "TrigramStrictWordSimilarity",
    "TrigramWordDistance",
    "TrigramWordSimilarity",
    "quote_lexeme",
]
