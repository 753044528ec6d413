"""Checks of the settings for uploads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Error
from hotclub.core.checks.registry import Tags, register


@register(Tags.files)
def check_setting_file_upload_temp_dir(app_configs: Any, **kwargs: Any) -> list[Any]:
    directory = getattr(settings, "FILE_UPLOAD_TEMP_DIR", None)
    if directory and not Path(directory).is_dir():
        return [
            Error(
                f"The FILE_UPLOAD_TEMP_DIR setting refers to the nonexistent directory '{directory}'.", id="files.E001"
            )
        ]
    return []
