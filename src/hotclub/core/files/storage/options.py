"""Options of a storage that come from settings where they are not given."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.signals import setting_changed
from hotclub.utils.functional import cached_property


class StorageSettingsMixin:
    """The options `location`, `base_url` and permissions; settings changed later are seen."""

    _location: Any = None
    _base_url: str | None = None
    _file_permissions_mode: int | None = None
    _directory_permissions_mode: int | None = None

    def _watch_settings(self) -> None:
        setting_changed.connect(self._clear_cached_properties)

    def _clear_cached_properties(self, setting: str, **kwargs: Any) -> None:
        for name in {
            "MEDIA_ROOT": ("base_location", "location"),
            "MEDIA_URL": ("base_url",),
            "FILE_UPLOAD_PERMISSIONS": ("file_permissions_mode",),
            "FILE_UPLOAD_DIRECTORY_PERMISSIONS": ("directory_permissions_mode",),
        }.get(setting, ()):
            self.__dict__.pop(name, None)

    def _value_or_setting(self, value: Any, setting: Any) -> Any:
        return setting if value is None else value

    @cached_property
    def base_location(self) -> Any:
        """Directory the files are in, as given."""
        return self._value_or_setting(self._location, settings.MEDIA_ROOT)

    @cached_property
    def base_url(self) -> str | None:
        """URL the files are under; ends with a slash."""
        if self._base_url is not None and not self._base_url.endswith("/"):
            self._base_url += "/"
        value: str | None = self._value_or_setting(self._base_url, settings.MEDIA_URL)
        return value

    @cached_property
    def file_permissions_mode(self) -> int | None:
        """Permissions of new files; those of the system, if None."""
        value: int | None = self._value_or_setting(self._file_permissions_mode, settings.FILE_UPLOAD_PERMISSIONS)
        return value

    @cached_property
    def directory_permissions_mode(self) -> int | None:
        """Permissions of new directories; those of the system, if None."""
        value: int | None = self._value_or_setting(
            self._directory_permissions_mode, settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS
        )
        return value
