"""System check of `SITE_ID`."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.checks import Error
from hotclub.core.exceptions import ValidationError
from hotclub.utils.module_loading import import_string


def check_site_id(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that `SITE_ID` is a primary key of a site, if it is set."""
    value = getattr(settings, "SITE_ID", None)
    if value is None:
        return []
    # The models lie above the application's configuration, which imports this module.
    key = import_string("hotclub.contrib.sites.models.Site")._meta.pk
    try:
        python_value = key.to_python(value)
    except ValidationError as error:
        return [Error(f"The SITE_ID setting failed to validate: {error}.", id="sites.E101")]
    if python_value != value:
        return [Error(f"The SITE_ID setting must be of type {type(python_value).__name__}.", id="sites.E101")]
    return []
