"""Signals of development reloading, for code that keeps something made from files.

A reloader sends `autoreload_started` when it begins (receivers may ask it to watch more: `sender.watch_dir(path, glob)`)
and calls `notify_file_changed` for each change. This module watches nothing itself.
"""

from __future__ import annotations

import logging
from pathlib import Path

from hotclub.dispatch import Signal

logger = logging.getLogger("hotclub.utils.autoreload")

autoreload_started = Signal()
"""Sent with the reloader as sender."""

file_changed = Signal()
"""Sent with `file_path`; a receiver that returns True has dealt with the change."""


def notify_file_changed(path: Path) -> bool:
    """Tell receivers of a change.

    Returns:
        Whether one of them dealt with it, so that no restart is needed.
    """
    handled = any(answer for _, answer in file_changed.send(sender=notify_file_changed, file_path=path))
    logger.debug("%s changed, %s.", path, "dealt with" if handled else "restart needed")
    return handled
