"""The prefix tree: which patterns of a URLconf may match a path, in their documented order.

A pattern is filed under its leading segments: literal ones by their text, a segment that is exactly one placeholder
under "any". Where a pattern stops being predictable (regular expressions, `<path:…>`, mixed segments) it is filed at
the node reached so far, under the literal text its next segment must begin with. The tree only proposes: whether a
pattern matches is decided by the pattern itself.

This module must not know what a pattern is; it files and gives back places in the order.
"""

from __future__ import annotations

from collections.abc import Sequence

from hotclub._routing.route import Placeholder, RoutePart

ANY = None
"""A segment that one placeholder fills."""


class _Node:
    __slots__ = ("any_child", "children", "ends", "lengths", "open", "starts")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.any_child: _Node | None = None
        self.ends: list[int] = []
        self.open: list[int] = []
        self.starts: dict[str, list[int]] = {}
        self.lengths: list[int] = []


class Segments:
    """Where a pattern is filed: `known` leading segments, then either its end or text the next segment starts with."""

    __slots__ = ("closed", "known", "start")

    def __init__(self, known: Sequence[str | None], *, closed: bool, start: str = "") -> None:
        self.known = known
        self.closed = closed
        self.start = start


def segments_of_route(parts: Sequence[RoutePart], *, is_endpoint: bool) -> Segments:
    """File a route made of literal texts and placeholders (of all the includes above it as well)."""
    known: list[str | None] = []
    text = ""
    held: Placeholder | None = None
    for part in parts:
        if isinstance(part, Placeholder):
            if held is not None or text or not part.fills_one_segment:
                return Segments(known, closed=False, start="" if held is not None else text)
            held = part
            continue
        head, slash, tail = part.partition("/")
        while True:
            if held is not None:
                if head:
                    return Segments(known, closed=False)
                if not slash:
                    break
                known.append(ANY)
                held = None
            else:
                text += head
                if not slash:
                    break
                known.append(text)
                text = ""
            head, slash, tail = tail.partition("/")
    if is_endpoint:
        known.append(ANY if held is not None else text)
        return Segments(known, closed=True)
    return Segments(known, closed=False, start="" if held is not None else text)


def segments_of_text(literal: str) -> Segments:
    """File a pattern of which only the literal beginning is known."""
    *known, start = literal.split("/")
    return Segments(known, closed=False, start=start)


class RouteIndex:
    """Gives, for a path, the places of the patterns that may match it, ascending."""

    __slots__ = ("_depth", "_root")

    def __init__(self) -> None:
        self._root = _Node()
        self._depth = 0

    def file(self, place: int, segments: Segments) -> None:
        """File the pattern at `place` of the order."""
        node = self._root
        for segment in segments.known:
            if segment is None:  # ANY, in a form that type checkers narrow by
                node.any_child = child = node.any_child or _Node()
            else:
                child = node.children.setdefault(segment, _Node())
            node = child
        self._depth = max(self._depth, len(segments.known))
        if segments.closed:
            node.ends.append(place)
        elif segments.start:
            node.starts.setdefault(segments.start, []).append(place)
            node.lengths = sorted({len(start) for start in node.starts})
        else:
            node.open.append(place)

    def candidates(self, path: str) -> list[int]:
        """Give the places that may match `path`, ascending.

        The walk is bounded by the depth of the tree, whatever the length of the path.
        """
        segments = path.split("/", self._depth)
        count = len(segments)
        found: list[int] = []
        waiting = [(self._root, 0)]
        while waiting:
            node, at = waiting.pop()
            if node.open:
                found += node.open
            if at == count:
                found += node.ends
                continue
            segment = segments[at]
            at += 1
            for length in node.lengths:
                found += node.starts.get(segment[:length], ())
            child = node.children.get(segment)
            if child is not None:
                waiting.append((child, at))
            if node.any_child is not None:
                waiting.append((node.any_child, at))
        if len(found) > 1:
            found.sort()
        return found
