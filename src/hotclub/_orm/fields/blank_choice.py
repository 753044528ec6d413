"""The text of the empty option of selects. A site sets its own as `hotclub.db.models.fields.BLANK_CHOICE_LABEL`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hotclub.conf import settings

BLANK_CHOICE_DASH_LABEL = "---------"


def get_blank_choice_label() -> Any:
    """Return the text: the documented attribute as it stands now, or dashes if the setting asks for them.

    Source: docs ref/settings, "USE_BLANK_CHOICE_DASH".
    """
    if settings.USE_BLANK_CHOICE_DASH:
        return BLANK_CHOICE_DASH_LABEL
    # The attribute belongs to the documented module, where sites change it.
    return import_module("hotclub.db.models.fields").BLANK_CHOICE_LABEL
