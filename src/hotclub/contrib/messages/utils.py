"""Tags of message levels."""

from __future__ import annotations

from hotclub.conf import settings
from hotclub.contrib.messages import constants


def get_level_tags() -> dict[int, str]:
    """Give the tag of each level, with regard to `MESSAGE_TAGS`."""
    return {**constants.DEFAULT_TAGS, **getattr(settings, "MESSAGE_TAGS", {})}
