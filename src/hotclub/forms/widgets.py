"""Widgets and media, as documented."""

from hotclub._forms.media import MEDIA_TYPES as MEDIA_TYPES
from hotclub._forms.widgets import *  # noqa: F403
from hotclub._forms.widgets import FILE_INPUT_CONTRADICTION as FILE_INPUT_CONTRADICTION
from hotclub._forms.widgets import __all__ as __all__
