"""Signals of logging in and out."""

from __future__ import annotations

from hotclub.dispatch import Signal

user_logged_in = Signal()
"""Somebody logged in. Arguments: `request`, `user`."""
user_login_failed = Signal()
"""Credentials were refused. Arguments: `credentials` (cleansed), `request`."""
user_logged_out = Signal()
"""Somebody logged out. Arguments: `request`, `user` (None if nobody was logged in)."""
