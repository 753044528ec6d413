"""The application's configuration."""

from __future__ import annotations

from typing import Any

from hotclub.apps import AppConfig
from hotclub.contrib.messages.storage import base
from hotclub.contrib.messages.utils import get_level_tags
from hotclub.core.signals import setting_changed
from hotclub.utils.functional import SimpleLazyObject
from hotclub.utils.translation import gettext_lazy as _


def update_level_tags(setting: str, **kwargs: Any) -> None:
    """Have the tags worked out anew when `MESSAGE_TAGS` changes."""
    if setting == "MESSAGE_TAGS":
        base.LEVEL_TAGS = SimpleLazyObject(get_level_tags)


class MessagesConfig(AppConfig):
    """Messages."""

    name = "hotclub.contrib.messages"
    verbose_name = _("Messages")

    def ready(self) -> None:
        """Watch the setting."""
        setting_changed.connect(update_level_tags)
