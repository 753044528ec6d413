from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotclub.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, get_tag_uri
from hotclub.utils.xmlutils import UnserializableContentError

MOMENT = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_rss_escapes_and_orders() -> None:
    feed = Rss201rev2Feed("A & B", "http://e.org/", "text", ttl=60)
    feed.add_item("<i>", "http://e.org/1", None, pubdate=MOMENT, unique_id="u", unique_id_is_permalink=False)
    text = feed.writeString("utf-8")
    assert "<title>A &amp; B</title><link>http://e.org/</link>" in text
    assert "<lastBuildDate>Thu, 02 Jan 2020 03:04:05 +0000</lastBuildDate><ttl>60</ttl>" in text
    assert "<item><title>&lt;i&gt;</title><link>http://e.org/1</link><pubDate>" in text
    assert '<guid isPermaLink="false">u</guid>' in text


def test_atom_names_an_item_without_id() -> None:
    feed = Atom1Feed("t", "http://e.org/", None)
    feed.add_item("i", "http://e.org/1", "d", pubdate=MOMENT)
    assert f"<id>{get_tag_uri('http://e.org/1', MOMENT)}</id>" in feed.writeString("utf-8")


def test_rss_takes_one_enclosure() -> None:
    feed = Rss201rev2Feed("t", "l", "d")
    feed.add_item("i", "l", "d", enclosures=[Enclosure("u", 1, "a/b")] * 2)
    with pytest.raises(ValueError, match="only have one enclosure"):
        feed.writeString("utf-8")


def test_control_characters_are_refused_in_attributes_too() -> None:
    feed = Atom1Feed("t", "l", "d", categories=["\x00"])
    with pytest.raises(UnserializableContentError):
        feed.writeString("utf-8")
