"""hotclub: a batteries-included web framework."""

from __future__ import annotations

import gc

from hotclub._kernel.release import VERSION, __version__
from hotclub.utils.version import get_version


def setup(set_prefix: bool = True) -> None:
    """Make the package ready for use: configure logging, set the script prefix, load the installed applications.

    Args:
        set_prefix: set the URL script prefix from `FORCE_SCRIPT_NAME` ("/" if that is None).
    """
    from hotclub._kernel.script_prefix import set_script_prefix  # noqa: PLC0415  # importing hotclub must be light
    from hotclub.apps import apps  # noqa: PLC0415
    from hotclub.conf import settings  # noqa: PLC0415
    from hotclub.utils.log import configure_logging  # noqa: PLC0415

    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    if set_prefix:
        set_script_prefix("/" if settings.FORCE_SCRIPT_NAME is None else settings.FORCE_SCRIPT_NAME)
    collecting = gc.isenabled()
    gc.disable()  # what is loaded stays: there is nothing to collect among it, and looking takes a tenth of the time
    try:
        apps.populate(settings.INSTALLED_APPS)
    finally:
        if collecting:
            gc.enable()


__all__ = ["VERSION", "__version__", "get_version", "setup"]
