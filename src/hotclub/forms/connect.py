"""Connects the forms engine with settings, time zones and static files. Imported once, by the package."""

from __future__ import annotations

from hotclub._forms.environment import environment
from hotclub.conf import settings
from hotclub.db.models.utils import get_blank_choice_label
from hotclub.forms.renderers import get_default_renderer
from hotclub.forms.utils import from_current_timezone, to_current_timezone
from hotclub.templatetags.static import static


def _use_tz() -> bool:
    return bool(settings.USE_TZ)


environment.default_renderer = get_default_renderer
environment.asset_url = static
environment.blank_choice_label = get_blank_choice_label
environment.use_tz = _use_tz
environment.from_current_timezone = from_current_timezone
environment.to_current_timezone = to_current_timezone
