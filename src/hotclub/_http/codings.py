"""Content codings and the `Accept-Encoding` header (RFC 9110 §12.5.3)."""

from __future__ import annotations


def accepted_codings(header: str) -> frozenset[str]:
    """Return the codings a header names, but those it refuses with a quality of zero."""
    accepted = set()
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        refused = any(piece.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for piece in parameters)
        if not refused:
            accepted.add(name)
    return frozenset(accepted)
