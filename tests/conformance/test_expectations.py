"""The expectation lists: any surprise must be seen, and lists written must be read back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "conformance"))

import expectations
import suite
from expectations import Entry, Reasons


def test_surprises_of_both_kinds_are_seen() -> None:
    listed = {"b": Entry("todo"), "c": Entry("internal"), "d": Entry("environment")}
    verdict = expectations.compare({"a", "b", "c", "d"}, {"b", "d"}, listed, loaded=True)
    assert verdict.unexpected_failures == ["a"]
    assert verdict.unexpected_passes == ["b"]
    assert verdict.surprises == 2


def test_a_label_that_can_be_loaded_again_is_a_surprise() -> None:
    whole = {expectations.WHOLE_LABEL: Entry("todo", "ImportError")}
    assert expectations.compare({"a"}, set(), whole, loaded=False).surprises == 0
    assert expectations.compare({"a"}, {"a"}, whole, loaded=True).surprises == 1


def test_updating_keeps_the_class_that_was_given_by_hand(tmp_path: Path) -> None:
    rules = tmp_path / "reasons.toml"
    rules.write_text('[[rule]]\ntests = \'^label\\.Egg\'\nclass = "environment"\nnote = "eggs"\n')
    known = {"label.A.a": Entry("internal", "why"), "label.B.b": Entry("todo")}
    wanted = {"label.A.a", "label.B.b", "label.C.c", "label.Egg.e"}
    entries = expectations.updated(wanted, {"label.B.b"}, known, True, Reasons(rules), "")
    assert entries == {
        "label.A.a": Entry("internal", "why"),
        "label.C.c": Entry("todo"),
        "label.Egg.e": Entry("environment", "eggs"),
    }


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    entries = {"z": Entry("todo"), "a": Entry("deviation", "docs/x.md")}
    path = tmp_path / "label.txt"
    expectations.write(path, "label", entries, 9)
    assert expectations.read(path) == entries
    assert path.read_text().startswith("# label: 7 of 9 pass")
    expectations.write(path, "label", {}, 9)
    assert not path.exists()
    assert expectations.read(path) == {}


def test_an_unknown_class_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "label.txt"
    path.write_text("# head\nlater\ta.b.c\n")
    with pytest.raises(SystemExit, match=r"label.txt:2: class 'later'"):
        expectations.read(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from django.db import models", "from hotclub.db import models"),
        ("    import django\n", "    import hotclub as django\n"),
        ('"django.contrib.auth"', '"hotclub.contrib.auth"'),
        ("see https://docs.djangoproject.com/", "see https://docs.djangoproject.com/"),
        ('open("django.po")', 'open("django.po")'),
        ('getLogger("django")', 'getLogger("hotclub")'),
        ('"django/forms/x.html"', '"hotclub/forms/x.html"'),
    ],
)
def test_rewriting_touches_names_only(before: str, after: str) -> None:
    assert suite.rewrite(before, "hotclub") == after
