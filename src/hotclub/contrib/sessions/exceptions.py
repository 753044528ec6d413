"""Errors of sessions.

SuspiciousOperation
├── InvalidSessionKey
└── SuspiciousSession
BadRequest
└── SessionInterrupted
"""

from __future__ import annotations

from hotclub.core.exceptions import BadRequest, SuspiciousOperation


class InvalidSessionKey(SuspiciousOperation):
    """A session key holds characters that it cannot."""


class SuspiciousSession(SuspiciousOperation):
    """Session data may have been tampered with."""


class SessionInterrupted(BadRequest):
    """The session went away while the request was handled."""
