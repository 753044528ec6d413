"""HTML as events: nothing is lost, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotclub._kernel.markup import Kind, scan
from hotclub.utils.html import strip_tags
from hotclub.utils.text import Truncator

PIECES = st.sampled_from(
    ["<", ">", "/", "!", "--", "a", "p ", "script", "style", "=", '"', "'", "&", ";", "#", "x41", "amp", " ", "\n", "é"]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_the_texts_of_the_events_are_the_text(source: str) -> None:
    assert "".join(event.text for event in scan(source)) == source


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("a<b>c", "DATA START DATA"),
        ('<a title="x>y">z</a>', "START DATA END"),
        ("<!-- a > b -->c", "OTHER DATA"),
        ("a < b", "DATA DATA DATA"),
        ("&amp;&#39;&#x41;&;", "ENTITY CHARACTER CHARACTER DATA DATA"),
        ("<script>if (a<b) {}</script>", "START DATA END"),
        ("<script>never closed <b>", "START OTHER"),
        ("<a b='never closed", "DATA DATA"),
        ("<?php x ?>", "OTHER"),
    ],
)
def test_what_the_pieces_are(source: str, kinds: str) -> None:
    assert " ".join(event.kind.name for event in scan(source)) == kinds


def test_stripping_and_cutting_use_it() -> None:
    assert strip_tags('a<i title="x>y">b</i>&amp;c <3') == "ab&amp;c <3"
    assert Truncator("<p>one <b>two</b> three</p>").words(2, "…", html=True) == "<p>one <b>two</b>…</p>"
    assert all(event.kind in Kind for event in scan("<p>"))


def test_a_shortened_text_keeps_entities_that_were_not_ended() -> None:
    """What such entities mean is what a browser makes of them; they gain no semicolon."""
    shortened = Truncator("1 &lt2 &copyright &am<br>end")
    assert shortened.chars(100, "…", html=True) == "1 &lt;2 ©right &amp;am<br>end"


def test_a_shortened_text_closes_a_tag_that_closes_itself() -> None:
    assert Truncator("<i/>one <b>two three").words(2, "…", html=True) == "<i/></i>one <b>two…</b>"
    assert Truncator("<a href=x/>one two").words(1, "…", html=True) == "<a href=x/>one…</a>"
    assert Truncator("<a href='x'/>one two").words(1, "…", html=True) == "<a href='x'/></a>one…"
