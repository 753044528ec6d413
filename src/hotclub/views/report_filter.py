"""What an error report may show: the filter of secrets in settings, headers, cookies, POST data and local variables."""

from __future__ import annotations

import functools
import re
from typing import Any

from hotclub.conf import settings
from hotclub.utils.datastructures import MultiValueDict
from hotclub.utils.functional import LazyObject
from hotclub.utils.module_loading import import_string
from hotclub.views.decorators.debug import coroutine_functions_to_sensitive_variables

MARK = "_hotclub_hidden_variables"
"""Local variable of the wrapper that `sensitive_variables` makes."""


class CallableSettingWrapper:
    """Shows a callable setting without its being called by a template."""

    def __init__(self, callable_setting: Any) -> None:
        self._wrapped = callable_setting

    def __repr__(self) -> str:
        return repr(self._wrapped)


class SafeExceptionReporterFilter:
    """Hides what looks like a secret, and what `sensitive_variables` and `sensitive_post_parameters` name.

    Attributes:
        cleansed_substitute: shown instead.
        hidden_settings: pattern of names whose values are hidden.

    Source: docs howto/error-reporting, "Custom error reports".
    """

    cleansed_substitute = "********************"
    hidden_settings: Any = re.compile("API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE", flags=re.IGNORECASE)

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        """Give a value as it may be shown; containers are searched."""
        if key == settings.SESSION_COOKIE_NAME:
            is_sensitive = True
        else:
            try:
                is_sensitive = bool(self.hidden_settings.search(key))
            except TypeError:
                is_sensitive = False
        if is_sensitive:
            cleansed: Any = self.cleansed_substitute
        elif isinstance(value, dict):
            cleansed = {inner: self.cleanse_setting(inner, one) for inner, one in value.items()}
        elif isinstance(value, list):
            cleansed = [self.cleanse_setting("", one) for one in value]
        elif isinstance(value, tuple):
            cleansed = tuple(self.cleanse_setting("", one) for one in value)
        else:
            cleansed = value
        return CallableSettingWrapper(cleansed) if callable(cleansed) else cleansed

    def get_safe_settings(self) -> dict[str, Any]:
        """Give all settings as they may be shown."""
        return {
            name: self.cleanse_setting(name, getattr(settings, name))
            for name in dir(settings)
            if name.isupper()
            # With MAILERS the deprecated mail settings cannot even be read.
            and not (name.startswith("EMAIL_") and settings.is_overridden("MAILERS"))
        }

    def get_safe_request_meta(self, request: Any) -> dict[str, Any]:
        """Give META as it may be shown."""
        if not hasattr(request, "META"):
            return {}
        return {name: self.cleanse_setting(name, value) for name, value in request.META.items()}

    def get_safe_cookies(self, request: Any) -> dict[str, Any]:
        """Give the cookies as they may be shown."""
        if not hasattr(request, "COOKIES"):
            return {}
        return {name: self.cleanse_setting(name, value) for name, value in request.COOKIES.items()}

    def is_active(self, request: Any) -> bool:
        """Whether to hide at all what the decorators name: not while developing."""
        return settings.DEBUG is False

    def get_cleansed_multivaluedict(self, request: Any, multivaluedict: Any) -> Any:
        """Give POST data that ended up in a local variable, with the named parameters hidden."""
        names = getattr(request, "sensitive_post_parameters", [])
        if self.is_active(request) and names:
            multivaluedict = multivaluedict.copy()
            for name in list(multivaluedict) if names == "__ALL__" else names:
                if name in multivaluedict:
                    multivaluedict[name] = self.cleansed_substitute
        return multivaluedict

    def get_post_parameters(self, request: Any) -> Any:
        """Give the POST data as it may be shown."""
        if request is None:
            return {}
        names = getattr(request, "sensitive_post_parameters", [])
        if not (self.is_active(request) and names):
            return request.POST
        cleansed = request.POST.copy()
        if names == "__ALL__":
            for name in cleansed:
                cleansed[name] = self.cleansed_substitute
            return cleansed
        for name in names:
            if name in cleansed:
                cleansed[name] = self.cleansed_substitute
        return cleansed

    def cleanse_special_types(self, request: Any, value: Any) -> Any:
        """Give a local variable as it may be shown; a request is shown by its repr only."""
        try:
            # A lazy object is evaluated by isinstance(); a crafted one may raise.
            is_multivalue = isinstance(value, MultiValueDict)
        except Exception as error:  # the value is user code's
            return f"{error!r} while evaluating {value!r}" if not isinstance(value, LazyObject) else repr(error)
        if is_multivalue:
            return self.get_cleansed_multivaluedict(request, value)
        return value

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        """Give the local variables of a frame as they may be shown."""
        names = self._sensitive_variables(tb_frame)
        active = self.is_active(request) and names
        cleansed = {}
        if active and names == "__ALL__":
            cleansed = dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute)
        else:
            for name, value in tb_frame.f_locals.items():
                if active and name in names:
                    cleansed[name] = self.cleansed_substitute
                else:
                    cleansed[name] = self.cleanse_special_types(request, value)
        if MARK in tb_frame.f_locals:
            # The arguments of the decorated function stand in the decorator's frame as well.
            cleansed["args"] = cleansed["kwargs"] = self.cleansed_substitute
        return cleansed.items()

    @staticmethod
    def _sensitive_variables(tb_frame: Any) -> Any:
        """Find the names that a decorator around this frame hides."""
        frame = tb_frame.f_back
        while frame is not None:
            if MARK in frame.f_locals:
                return frame.f_locals[MARK]
            frame = frame.f_back
        # The wrapper of a coroutine function is gone by the time its body runs.
        frame = tb_frame
        while frame is not None:
            key = hash(f"{frame.f_code.co_filename}:{frame.f_code.co_firstlineno}")
            if key in coroutine_functions_to_sensitive_variables:
                return coroutine_functions_to_sensitive_variables[key]
            frame = frame.f_back
        return None


@functools.lru_cache
def get_default_exception_reporter_filter() -> Any:
    """Give the filter of `DEFAULT_EXCEPTION_REPORTER_FILTER`; made once."""
    return import_string(settings.DEFAULT_EXCEPTION_REPORTER_FILTER)()


def get_exception_reporter_filter(request: Any) -> Any:
    """Give the filter of a request: its own, or the default one."""
    return getattr(request, "exception_reporter_filter", get_default_exception_reporter_filter())


for _class in (SafeExceptionReporterFilter, CallableSettingWrapper):
    _class.__module__ = "hotclub.views.debug"

__all__ = [
    "CallableSettingWrapper",
    "SafeExceptionReporterFilter",
    "get_default_exception_reporter_filter",
    "get_exception_reporter_filter",
]
