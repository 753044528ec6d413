"""Skipping tests by what the database can do."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from hotclub.db import DEFAULT_DB_ALIAS, connection

__unittest = True


class CheckCondition:
    """A class attribute that is true where one of several conditions is; later decorators add theirs.

    Args:
        *conditions: pairs of a callable and a reason.
    """

    __module__ = "hotclub.test.testcases"

    def __init__(self, *conditions: tuple[Callable[[], bool], str]) -> None:
        self.conditions = conditions

    def add_condition(self, condition: Callable[[], bool], reason: str) -> CheckCondition:
        """Return the same conditions with one more."""
        return type(self)(*self.conditions, (condition, reason))

    def __get__(self, instance: Any, cls: Any = None) -> bool:
        # A base class that is skipped for good stays so.
        if any(getattr(base, "__unittest_skip__", False) for base in cls.__bases__):
            return True
        for condition, reason in self.conditions:
            if condition():
                cls.__unittest_skip_why__ = reason
                return True
        return False


def _late_skip(condition: Callable[[], bool], reason: str, name: str) -> Callable[[Any], Any]:
    """Skip a test or a class where the condition holds; it is asked for late, when the database is set up."""

    def decorate(decorated: Any) -> Any:
        if not (isinstance(decorated, type) and issubclass(decorated, unittest.TestCase)):
            return _decorated_function(decorated, condition, reason, name)

        def class_condition() -> bool:
            databases = getattr(decorated, "databases", None)
            if not databases or DEFAULT_DB_ALIAS not in databases:
                raise ValueError(
                    f"{name} cannot be used on {decorated} as it doesn't allow queries against the "
                    f"{DEFAULT_DB_ALIAS!r} database."
                )
            return condition()

        known = decorated.__dict__.get("__unittest_skip__")
        if isinstance(known, CheckCondition):
            decorated.__unittest_skip__ = known.add_condition(class_condition, reason)  # type: ignore[attr-defined]
        elif known is not True:
            decorated.__unittest_skip__ = CheckCondition((class_condition, reason))  # type: ignore[attr-defined]
        return decorated

    return decorate


def _decorated_function(test: Any, condition: Callable[[], bool], reason: str, name: str) -> Any:
    def check(args: tuple[Any, ...]) -> None:
        case = args[0] if args and isinstance(args[0], unittest.TestCase) else None
        databases = getattr(case, "databases", None)
        if case is not None and (not databases or DEFAULT_DB_ALIAS not in databases):
            where = type(case).__qualname__
            raise ValueError(
                f"{name} cannot be used on {case} as {where} doesn't allow queries against the "
                f"{DEFAULT_DB_ALIAS!r} database."
            )
        if condition():
            raise unittest.SkipTest(reason)

    if iscoroutinefunction(test):

        @wraps(test)
        async def run_async(*args: Any, **kwargs: Any) -> Any:
            check(args)
            return await test(*args, **kwargs)

        return run_async

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> Any:
        check(args)
        return test(*args, **kwargs)

    return run


def skipIfDBFeature(*features: str) -> Callable[[Any], Any]:
    """Skip a test or a class if the database has one of these features (names of `connection.features`)."""
    return _late_skip(
        lambda: any(getattr(connection.features, feature) for feature in features),
        f"Database has feature(s) {', '.join(features)}",
        "skipIfDBFeature",
    )


def skipUnlessDBFeature(*features: str) -> Callable[[Any], Any]:
    """Skip a test or a class unless the database has all these features."""
    return _late_skip(
        lambda: not all(getattr(connection.features, feature) for feature in features),
        f"Database doesn't support feature(s): {', '.join(features)}",
        "skipUnlessDBFeature",
    )


def skipUnlessAnyDBFeature(*features: str) -> Callable[[Any], Any]:
    """Skip a test or a class unless the database has at least one of these features."""
    return _late_skip(
        lambda: not any(getattr(connection.features, feature) for feature in features),
        f"Database doesn't support any of the feature(s): {', '.join(features)}",
        "skipUnlessAnyDBFeature",
    )


for _function in (skipIfDBFeature, skipUnlessDBFeature, skipUnlessAnyDBFeature):
    _function.__module__ = "hotclub.test.testcases"
