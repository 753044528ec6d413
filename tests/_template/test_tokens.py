from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotclub._template.tokens import DebugLexer, Lexer, Token, TokenType, split_marks

PATTERN = re.compile(r"({%.*?%}|{{.*?}}|{#.*?#})")


@given(st.text(alphabet="{}%#a \n", max_size=60))
def test_pieces_are_those_of_the_documented_marks(source: str) -> None:
    expected = [piece for piece in PATTERN.split(source) if piece]
    assert [source[start:end] for start, end, _ in split_marks(source)] == expected


@given(st.text(alphabet="{}%#a \n", max_size=60))
def test_positions_cover_the_source(source: str) -> None:
    tokens = DebugLexer(source).tokenize()
    assert "".join(source[slice(*token.position)] for token in tokens if token.position) == source
    assert [token.lineno for token in tokens] == [
        source.count("\n", 0, token.position[0]) + 1 for token in tokens if token.position
    ]


@pytest.mark.parametrize("unit", ["{%", "{{", "{#", "{", "{%}", "{{ {% {# ", "{{ a }} {%"])
def test_scanning_takes_time_in_proportion(unit: str) -> None:
    # Counted, not timed: the scanner asks `find` a bounded number of times per character.
    class Counting(str):
        __slots__ = ()
        calls = 0

        def find(self, *args: object) -> int:  # type: ignore[override]
            Counting.calls += 1
            return str.find(self, *args)  # type: ignore[arg-type]

    def calls(count: int) -> int:
        Counting.calls = 0
        list(split_marks(Counting(unit * count)))
        return Counting.calls

    assert calls(2000) <= 2 * calls(1000) + 10


def test_verbatim_leaves_everything_but_its_own_end() -> None:
    tokens = Lexer("{% verbatim x %}{{ a }}{% endverbatim %}{# c #}{% endverbatim x %}{{ b }}").tokenize()
    kinds = [(token.token_type, token.contents) for token in tokens]
    assert kinds[1:4] == [
        (TokenType.TEXT, "{{ a }}"),
        (TokenType.TEXT, "{% endverbatim %}"),
        (TokenType.TEXT, "{# c #}"),
    ]
    assert kinds[-1] == (TokenType.VAR, "b")


def test_words_keep_strings_and_translations_whole() -> None:
    token = Token(TokenType.BLOCK, 'tag _("two words") "a b" c|d:"e f"')
    assert token.split_contents() == ["tag", '_("two words")', '"a b"', 'c|d:"e f"']


def test_an_unclosed_translation_does_not_fail() -> None:
    assert Token(TokenType.BLOCK, 'tag _("open x').split_contents()[0] == "tag"
