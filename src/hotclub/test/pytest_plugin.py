"""The pytest plugin: options, settings, and the decision whether the fixtures take part.

It does nothing where no settings are named: every project of an environment with hotclub in it loads this module. So it
imports nothing of the framework before it is known to be wanted. Where pytest-django is active, which works on hotclub
under the import alias, it stands aside: options and fixtures of the two have the same names.

Settings come from `--hotclub-settings`, the ini option `hotclub_settings_module`, or the environment.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import pytest

SETTINGS_VARIABLES = ("HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE")
FIXTURES = "hotclub.test.pytest_fixtures"

_DB_ARGUMENTS = "(transaction=False, databases=None, reset_sequences=False, serialized_rollback=False)"
MARKERS = (
    f"hotclub_db{_DB_ARGUMENTS}: the test may use databases; what it writes is rolled back",
    f"django_db{_DB_ARGUMENTS}: the same",
    "urls(module): the test uses this URLconf",
)


def _stands_aside(manager: pytest.PytestPluginManager) -> bool:
    return find_spec("pytest_django") is not None and not manager.is_blocked("django")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options."""
    if _stands_aside(pluginmanager):
        return
    group = parser.getgroup("hotclub")
    group.addoption("--hotclub-settings", "--ds", dest="hotclub_settings", help="settings module, as a dotted path")
    group.addoption("--reuse-db", action="store_true", help="keep the test databases for the next run")
    group.addoption("--create-db", action="store_true", help="make the test databases anew in spite of --reuse-db")
    parser.addini("hotclub_settings_module", "settings module, as a dotted path")
    parser.addini("DJANGO_SETTINGS_MODULE", "settings module, as a dotted path")


def _settings_module(config: pytest.Config) -> str | None:
    given = config.getoption("hotclub_settings", None)
    if given:
        return str(given)
    for name in ("hotclub_settings_module", "DJANGO_SETTINGS_MODULE"):
        value = config.getini(name)
        if value:
            return str(value)
    return next((os.environ[name] for name in SETTINGS_VARIABLES if os.environ.get(name)), None)


def is_configured() -> bool:
    """Say whether settings are named, or were configured by hand, without loading them."""
    if any(os.environ.get(name) for name in SETTINGS_VARIABLES):
        return True
    conf = sys.modules.get("hotclub.conf")
    return conf is not None and bool(conf.settings.configured)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Name the settings before any conftest is imported."""
    if _stands_aside(early_config.pluginmanager):
        return
    for line in MARKERS:
        early_config.addinivalue_line("markers", line)
    options = parser.parse_known_args(args)
    module = getattr(options, "hotclub_settings", None) or _settings_module(early_config)
    if module:
        os.environ["HOTCLUB_SETTINGS_MODULE"] = module


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set the project up once its conftests are loaded, and let the fixtures take part."""
    if _stands_aside(config.pluginmanager):
        return
    config.pluginmanager.import_plugin(FIXTURES)
    if any(os.environ.get(name) for name in SETTINGS_VARIABLES) and _settings_module(config):
        import hotclub  # noqa: PLC0415  # only where the project uses it

        hotclub.setup()
