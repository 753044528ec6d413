"""The registry of system checks. A check lives beside what it checks, and registers itself here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast, overload

from hotclub.conf import settings
from hotclub.core.checks.messages import CheckMessage
from hotclub.utils.inspect import func_accepts_kwargs

Check = Callable[..., Iterable[CheckMessage]]
C = TypeVar("C", bound=Check)


class Tags:
    """Names of the groups that built-in checks belong to."""

    admin = "admin"
    async_support = "async_support"
    caches = "caches"
    commands = "commands"
    compatibility = "compatibility"
    database = "database"
    files = "files"
    mail = "mail"
    models = "models"
    security = "security"
    signals = "signals"
    sites = "sites"
    staticfiles = "staticfiles"
    templates = "templates"
    translation = "translation"
    urls = "urls"


class CheckRegistry:
    """Checks, in order of registration: those that always run, and those for deployment."""

    def __init__(self) -> None:
        # Dictionaries as sets that keep their order.
        self.registered_checks: Any = _OrderedChecks()
        self.deployment_checks: Any = _OrderedChecks()

    @overload
    def register(self, check: C, *tags: str, **kwargs: Any) -> C: ...

    @overload
    def register(self, check: str | None = None, *tags: str, **kwargs: Any) -> Callable[[C], C]: ...

    def register(self, check: Any = None, *tags: str, **kwargs: Any) -> Any:
        """Register a check; a function or a decorator.

        Args:
            check: takes `app_configs` and `databases` (None for all) and keyword arguments; gives findings.
            *tags: groups it belongs to.
            deploy: only run it with `check --deploy`.

        Raises:
            TypeError: the function takes no keyword arguments.
        """

        def inner(function: C) -> C:
            if not func_accepts_kwargs(function):
                raise TypeError("Check functions must accept keyword arguments (**kwargs).")
            function.tags = tags  # type: ignore[attr-defined]
            checks = self.deployment_checks if kwargs.get("deploy") else self.registered_checks
            checks.add(function)
            return function

        if callable(check):
            return inner(cast("Check", check))
        if check:
            tags = (*tags, check)
        return inner

    def run_checks(
        self,
        app_configs: Sequence[Any] | None = None,
        tags: Iterable[str] | None = None,
        include_deployment_checks: bool = False,
        databases: Iterable[str] | None = None,
    ) -> list[CheckMessage]:
        """Run checks and return what they found.

        Args:
            app_configs: applications to look at; all, if None.
            tags: groups to run; all but those that ask databases, if None.
            include_deployment_checks: also those for deployment.
            databases: aliases that may be asked; if None, no check of databases runs and the others get all aliases.

        Raises:
            TypeError: a check did not return a list.
        """
        checks = self.get_checks(include_deployment_checks)
        if tags is not None:
            wanted = set(tags)
            checks = [check for check in checks if not set(check.tags).isdisjoint(wanted)]
        if databases is None:
            # Questions to a database are asked only where somebody wants that.
            checks = [check for check in checks if Tags.database not in check.tags]
            # The others ask backends what they can do, which takes no connection.
            databases = list(settings.DATABASES)
        errors: list[CheckMessage] = []
        for check in checks:
            found = check(app_configs=app_configs, databases=databases)
            if not isinstance(found, Iterable):
                raise TypeError(
                    f"The function {check!r} did not return a list. All functions registered with the checks registry "
                    "must return a list."
                )
            errors.extend(found)
        return errors

    def tag_exists(self, tag: str, include_deployment_checks: bool = False) -> bool:
        """Say whether a check has the tag."""
        return tag in self.tags_available(include_deployment_checks)

    def tags_available(self, deployment_checks: bool = False) -> set[str]:
        """Return the tags of all checks."""
        return {tag for check in self.get_checks(deployment_checks) for tag in check.tags}

    def get_checks(self, include_deployment_checks: bool = False) -> list[Any]:
        """Return the checks."""
        checks = list(self.registered_checks)
        if include_deployment_checks:
            checks.extend(self.deployment_checks)
        return checks


class _OrderedChecks(dict):  # type: ignore[type-arg]
    """A set of functions in order of registration."""

    def add(self, check: Check) -> None:
        self[check] = None

    def copy(self) -> _OrderedChecks:
        return _OrderedChecks(self)


registry = CheckRegistry()
register = registry.register
run_checks = registry.run_checks
tag_exists = registry.tag_exists
