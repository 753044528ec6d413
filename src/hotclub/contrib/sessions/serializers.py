"""The serializer of session data; JSON, as that of the signing framework."""

from __future__ import annotations

from hotclub.core.signing import JSONSerializer

__all__ = ["JSONSerializer"]
