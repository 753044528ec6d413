"""Settings for the tests of tasks; imported before them, as tasks ask for their backend when they are made."""

from __future__ import annotations

from hotclub.conf import settings

if not settings.configured:
    settings.configure(SECRET_KEY="task-tests", USE_TZ=True)
