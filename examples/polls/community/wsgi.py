"""WSGI entry point of the example site."""

import os

from hotclub.core.wsgi import get_wsgi_application

os.environ.setdefault("HOTCLUB_SETTINGS_MODULE", "community.settings")

application = get_wsgi_application()
