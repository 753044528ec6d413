"""ASGI entry point of the example site."""

import os

from hotclub.core.asgi import get_asgi_application

os.environ.setdefault("HOTCLUB_SETTINGS_MODULE", "community.settings")

application = get_asgi_application()
