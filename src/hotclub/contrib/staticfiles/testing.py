"""A live server that serves static files through the finders."""

from __future__ import annotations

from hotclub.contrib.staticfiles.handlers import StaticFilesHandler
from hotclub.test import LiveServerTestCase


class StaticLiveServerTestCase(LiveServerTestCase):
    """Like `LiveServerTestCase`, without the need to collect static files first.

    Source: docs ref/contrib/staticfiles, "Specialized test case to support “live testing”".
    """

    static_handler = StaticFilesHandler
