"""The prefix tree proposes every pattern that may match, in order, and few others."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from hotclub._routing.index import RouteIndex, segments_of_route, segments_of_text
from hotclub._routing.reversal import literal_start, templates_of_regex
from hotclub._routing.route import parse_route, regex_of_route
from hotclub.urls.converters import find_converter

ROUTES = st.lists(
    st.sampled_from(
        [
            "",
            "a/",
            "a/b/",
            "a",
            "<int:x>/",
            "a/<int:x>/",
            "a/<slug:s>/",
            "<str:s>",
            "a-<int:x>/",
            "<path:p>/",
            "<str:s>/b/",
        ]
    ),
    min_size=1,
    max_size=8,
)
PATHS = st.sampled_from(["", "a", "a/", "a/b/", "a/1/", "1/", "a-1/", "x/b/", "x/y/z/", "b", "a//", "a/b", "1/b/"])


@given(ROUTES, PATHS)
@settings(max_examples=400, deadline=None)
def test_no_match_is_missed_and_the_order_holds(routes, path):
    index = RouteIndex()
    matching = []
    for place, route in enumerate(routes):
        parts = parse_route(route, find_converter)
        index.file(place, segments_of_route(parts, is_endpoint=True))
        if re.match(regex_of_route(parts, is_endpoint=True), path):
            matching.append(place)
    candidates = index.candidates(path)
    assert candidates == sorted(candidates)
    assert set(matching) <= set(candidates)


def test_the_number_of_candidates_does_not_grow_with_the_number_of_routes():
    index = RouteIndex()
    for place in range(10_000):
        index.file(place, segments_of_route(parse_route(f"r{place}/<int:pk>/", find_converter), is_endpoint=True))
    assert index.candidates("r9999/5/") == [9999]
    assert index.candidates("x/" * 5000) == []


def test_regular_expressions_are_filed_by_their_literal_start():
    assert literal_start(r"^articles/(?P<year>\d+)/$") == "articles/"
    assert literal_start(r"^ab?c") == "a"
    assert literal_start("articles/") is None
    assert literal_start("(?i)^a") is None
    assert not literal_start("^a|^b")
    index = RouteIndex()
    index.file(0, segments_of_text("page-1"))
    index.file(1, segments_of_text("page-2"))
    assert index.candidates("page-2/x") == [1]


def test_templates_of_regular_expressions():
    def shown(pattern):
        return [
            "".join(p if isinstance(p, str) else f"<{p.name}>" for p in t.pieces) for t in templates_of_regex(pattern)
        ]

    assert shown(r"^a/(?P<x>\d+)/$") == ["a/<x>/"]
    assert shown(r"^a/(?:(?P<x>\d+)/)?$") == ["a/", "a/<x>/"]
    assert shown(r"^[a-c]\d*\w+$") == ["ax"]
    assert shown(r"^(\d+)-(\w+)$") == ["<None>-<None>"]
    assert shown(r"^a(?:bb|cc)d$") == []
