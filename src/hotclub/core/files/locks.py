"""Locks on files, for processes that work together.

with open("./file", "wb") as f:
    locks.lock(f, locks.LOCK_EX)
    f.write(b"data")
"""

from __future__ import annotations

import os
from typing import Any

__all__ = ["LOCK_EX", "LOCK_NB", "LOCK_SH", "lock", "unlock"]


def _fd(f: Any) -> int:
    """Return the file descriptor of a file, or the descriptor given."""
    return int(f.fileno()) if hasattr(f, "fileno") else int(f)


if os.name == "nt":
    import msvcrt

    LOCK_SH = 0
    LOCK_NB = 0x1
    LOCK_EX = 0x2

    def lock(f: Any, flags: int) -> bool:
        """Lock a file; say whether that worked."""
        mode = msvcrt.LK_NBLCK if flags & LOCK_NB else msvcrt.LK_LOCK  # type: ignore[attr-defined]
        try:
            msvcrt.locking(_fd(f), mode, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

    def unlock(f: Any) -> bool:
        """Unlock a file; say whether that worked."""
        try:
            msvcrt.locking(_fd(f), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

else:
    import fcntl

    LOCK_SH = fcntl.LOCK_SH
    LOCK_NB = fcntl.LOCK_NB
    LOCK_EX = fcntl.LOCK_EX

    def lock(f: Any, flags: int) -> bool:
        """Lock a file; say whether that worked."""
        try:
            fcntl.flock(_fd(f), flags)
        except BlockingIOError:
            return False
        return True

    def unlock(f: Any) -> bool:
        """Unlock a file; say whether that worked."""
        fcntl.flock(_fd(f), fcntl.LOCK_UN)
        return True
