"""Things that tests change for a while: settings, checks, look-ups, apps, the script prefix.

Each is a `TestContextDecorator`: usable with `with`, on functions (also async) and on test classes.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterable
from functools import wraps
from inspect import iscoroutinefunction
from types import TracebackType
from typing import TYPE_CHECKING, Any
from unittest import TestCase as UnitTestCase
from unittest import skipIf

from hotclub.apps import apps
from hotclub.apps.registry import Apps
from hotclub.conf import UserSettingsHolder, settings
from hotclub.core.checks.registry import registry as check_registry
from hotclub.core.signals import setting_changed
from hotclub.db.models.options import Options
from hotclub.urls import get_script_prefix, set_script_prefix

if TYPE_CHECKING:
    from typing import Self


try:
    import jinja2
except ImportError:
    jinja2 = None  # type: ignore[assignment]  # not installed


class TestContextDecorator:
    """A change that ends: `with change:`, `@change` on a function, `@change` on a test class.

    Args:
        attr_name: attribute of a decorated class that receives what `enable()` returns.
        kwarg_name: keyword argument of a decorated function that receives it.

    Subclasses write `enable()` and `disable()`.
    """

    __module__ = "hotclub.test.utils"
    __test__ = False  # for pytest: the name begins with "Test", but this is no test

    def __init__(self, attr_name: str | None = None, kwarg_name: str | None = None) -> None:
        self.attr_name = attr_name
        self.kwarg_name = kwarg_name

    def enable(self) -> Any:
        """Make the change."""
        raise NotImplementedError

    def disable(self) -> None:
        """Take the change back."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        return self.enable()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disable()

    def decorate_class(self, cls: Any) -> Any:
        """Make the change around each test of a test class."""
        if not (isinstance(cls, type) and issubclass(cls, UnitTestCase)):
            raise TypeError("Can only decorate subclasses of unittest.TestCase")
        own_set_up = cls.setUp

        def setUp(inner: Any) -> None:
            context = self.enable()
            inner.addCleanup(self.disable)
            if self.attr_name:
                setattr(inner, self.attr_name, context)
            own_set_up(inner)

        cls.setUp = setUp  # type: ignore[assignment, method-assign]  # that is the decoration
        return cls

    def decorate_callable(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Make the change around each call of a function, sync or async."""

        def extra(context: Any) -> dict[str, Any]:
            return {self.kwarg_name: context} if self.kwarg_name else {}

        if iscoroutinefunction(func):

            @wraps(func)
            async def call_async(*args: Any, **kwargs: Any) -> Any:
                with self as context:
                    return await func(*args, **kwargs, **extra(context))

            return call_async

        @wraps(func)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self as context:
                return func(*args, **kwargs, **extra(context))

        return call

    def __call__(self, decorated: Any) -> Any:
        if isinstance(decorated, type):
            return self.decorate_class(decorated)
        if callable(decorated):
            return self.decorate_callable(decorated)
        raise TypeError(f"Cannot decorate object of type {type(decorated)}")


def _announce(setting: str, value: Any, *, enter: bool) -> list[tuple[Any, BaseException]]:
    """Send `setting_changed`; a failing receiver does not keep the others from hearing it."""
    answers = setting_changed.send_robust(sender=settings._wrapped.__class__, setting=setting, value=value, enter=enter)
    return [(function, answer) for function, answer in answers if isinstance(answer, Exception)]


class override_settings(TestContextDecorator):
    """Other settings for a while; each change is announced with the signal `setting_changed`.

    Args:
        **kwargs: settings and their values.

    Source: docs topics/testing/tools, "Overriding settings".
    """

    __module__ = "hotclub.test.utils"
    _failure: BaseException | None = None
    wrapped: Any

    def __init__(self, **kwargs: Any) -> None:
        self.options = kwargs
        super().__init__()

    def enable(self) -> None:
        # Apps go first: if one cannot be loaded, nothing has changed.
        if "INSTALLED_APPS" in self.options:
            try:
                apps.set_installed_apps(self.options["INSTALLED_APPS"])
            except Exception:
                apps.unset_installed_apps()
                raise
        holder = UserSettingsHolder(settings._wrapped)
        for name, value in self.options.items():
            setattr(holder, name, value)
        self.wrapped = settings._wrapped
        settings._wrapped = holder
        for name, value in self.options.items():
            try:
                setting_changed.send(sender=settings._wrapped.__class__, setting=name, value=value, enter=True)
            except Exception as error:
                self._failure = error
                self.disable()

    def disable(self) -> None:
        if "INSTALLED_APPS" in self.options:
            apps.unset_installed_apps()
        settings._wrapped = self.wrapped
        del self.wrapped
        failures: list[tuple[Any, BaseException]] = []
        for name in self.options:
            failures += _announce(name, getattr(settings, name, None), enter=False)
        if self._failure is not None:
            error, self._failure = self._failure, None
            raise error
        if failures:
            raise failures[0][1]

    def save_options(self, test_func: Any) -> None:
        """Remember the overrides on a test class, after those of its parents and earlier decorators."""
        inherited = test_func._overridden_settings
        test_func._overridden_settings = {**(inherited or {}), **self.options}

    def decorate_class(self, cls: Any) -> Any:
        # SimpleTestCase declares the attribute; asking for it spares an import of what stands above this module.
        if not (isinstance(cls, type) and hasattr(cls, "_overridden_settings")):
            raise ValueError("Only subclasses of Django SimpleTestCase can be decorated with override_settings")
        self.save_options(cls)
        return cls


class modify_settings(override_settings):
    """Lists in settings changed for a while, entry by entry.

    Args:
        *args: pairs of a setting and its operations, for decorators that stack.
        **kwargs: setting → `{"append" | "prepend" | "remove": entry or list of entries}`.
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args:
            if kwargs:
                raise ValueError("modify_settings() takes either positional pairs or keyword arguments, not both")
            self.operations = list(args[0]) if len(args) == 1 else list(args)
        else:
            self.operations = list(kwargs.items())
        super(override_settings, self).__init__()

    def save_options(self, test_func: Any) -> None:
        test_func._modified_settings = [*(test_func._modified_settings or ()), *self.operations]

    def enable(self) -> None:
        self.options = {}
        for name, operations in self.operations:
            # A setting may be modified more than once; later operations see the result of earlier ones.
            value = list(self.options.get(name, getattr(settings, name, [])))
            for action, entries in operations.items():
                value = self._applied(value, action, [entries] if isinstance(entries, str) else list(entries))
            self.options[name] = value
        super().enable()

    @staticmethod
    def _applied(value: list[Any], action: str, entries: list[Any]) -> list[Any]:
        if action == "append":
            return value + [entry for entry in entries if entry not in value]
        if action == "prepend":
            return [entry for entry in entries if entry not in value] + value
        if action == "remove":
            return [entry for entry in value if entry not in entries]
        raise ValueError(f"Unsupported action: {action}")


class override_system_checks(TestContextDecorator):
    """Other system checks for a while.

    Args:
        new_checks: all checks there shall be.
        deployment_checks: all deployment checks; unchanged, if None.
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, new_checks: Iterable[Any], deployment_checks: Iterable[Any] | None = None) -> None:
        self.registry = check_registry
        self.new_checks = new_checks
        self.deployment_checks = deployment_checks
        super().__init__()

    def enable(self) -> None:
        self.old_checks = self.registry.registered_checks
        self.old_deployment_checks = self.registry.deployment_checks
        self.registry.registered_checks = self._collected(self.new_checks)
        if self.deployment_checks is not None:
            self.registry.deployment_checks = self._collected(self.deployment_checks)

    @staticmethod
    def _collected(checks: Iterable[Any]) -> set[Any]:
        for check in checks:
            if not hasattr(check, "tags"):
                check.tags = ()
        return set(checks)

    def disable(self) -> None:
        self.registry.registered_checks = self.old_checks
        self.registry.deployment_checks = self.old_deployment_checks


class isolate_apps(TestContextDecorator):
    """An app registry of its own for the models that a test defines.

    Args:
        *installed_apps: apps that the registry knows.
        **kwargs: `attr_name` and `kwarg_name`, see `TestContextDecorator`.

    Source: docs topics/testing/tools, "Isolating apps".
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, *installed_apps: str, **kwargs: Any) -> None:
        self.installed_apps = installed_apps
        super().__init__(**kwargs)

    def enable(self) -> Apps:
        self.old_apps = Options.default_apps
        isolated = Apps(self.installed_apps)
        Options.default_apps = isolated
        self.apps = isolated
        return isolated

    def disable(self) -> None:
        Options.default_apps = self.old_apps
        self.apps.clear_cache()


class register_lookup(TestContextDecorator):
    """Look-ups registered for a while.

    Args:
        field: field class or field that gets them.
        *lookups: look-ups or transforms.
        lookup_name: name to register under; each one's own, if None.
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, field: Any, *lookups: Any, lookup_name: str | None = None) -> None:
        self.field = field
        self.lookups = lookups
        self.lookup_name = lookup_name
        super().__init__()

    def enable(self) -> None:
        for lookup in self.lookups:
            self.field.register_lookup(lookup, self.lookup_name)

    def disable(self) -> None:
        for lookup in self.lookups:
            self.field._unregister_lookup(lookup, self.lookup_name)


class ignore_warnings(TestContextDecorator):
    """Some warnings not heard for a while.

    Args:
        **kwargs: filters of `warnings.filterwarnings` (with `message` or `module`) or `warnings.simplefilter`.
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, **kwargs: Any) -> None:
        self.ignore_kwargs = kwargs
        self.filter_func: Callable[..., None] = (
            warnings.filterwarnings if {"message", "module"} & kwargs.keys() else warnings.simplefilter
        )
        super().__init__()

    def enable(self) -> None:
        self.catch_warnings = warnings.catch_warnings()
        self.catch_warnings.__enter__()
        self.filter_func("ignore", **self.ignore_kwargs)

    def disable(self) -> None:
        self.catch_warnings.__exit__(None, None, None)


class override_script_prefix(TestContextDecorator):
    """Another URL prefix of the site for a while."""

    __module__ = "hotclub.test.utils"

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        super().__init__()

    def enable(self) -> None:
        self.old_prefix = get_script_prefix()
        set_script_prefix(self.prefix)

    def disable(self) -> None:
        set_script_prefix(self.old_prefix)


class LoggingCaptureMixin:
    """Test cases with this capture what goes to the logger `hotclub`, as `self.logger_output`."""

    __module__ = "hotclub.test.utils"

    def setUp(self) -> None:
        from io import StringIO  # noqa: PLC0415

        self.logger = logging.getLogger("hotclub")
        handler: Any = self.logger.handlers[0]
        self.old_stream = handler.stream
        self.logger_output = StringIO()
        handler.stream = self.logger_output

    def tearDown(self) -> None:
        handler: Any = self.logger.handlers[0]
        handler.stream = self.old_stream


class freeze_time:
    """`time.time()` gives the same moment for a while.

    Args:
        t: seconds since 1970-01-01 UTC.
    """

    __module__ = "hotclub.test.utils"

    def __init__(self, t: float) -> None:
        self.moment = t

    def __enter__(self) -> Self:
        self._real = time.time
        time.time = lambda: self.moment
        return self

    def __exit__(self, *_: object) -> None:
        time.time = self._real


def require_jinja2(test_func: Any) -> Any:
    """Run a test with both template engines set up, or skip it where Jinja2 is not installed."""
    skipped = skipIf(jinja2 is None, "this test requires jinja2")(test_func)
    return override_settings(
        TEMPLATES=[
            {"BACKEND": "hotclub.template.backends.django.DjangoTemplates", "APP_DIRS": True},
            {
                "BACKEND": "hotclub.template.backends.jinja2.Jinja2",
                "APP_DIRS": True,
                "OPTIONS": {"keep_trailing_newline": True},
            },
        ]
    )(skipped)
