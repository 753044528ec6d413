"""The pytest plugin: databases, clients and settings as fixtures and markers.

It does nothing where no settings are named: every project of an environment with hotclub in it loads this module. So it
imports nothing of the framework before it is known to be wanted.

Settings come from `--hotclub-settings`, the ini option `hotclub_settings_module`, or the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hotclub.test.client import AsyncClient, AsyncRequestFactory, Client, RequestFactory

SETTINGS_VARIABLES = ("HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE")

_DB_ARGUMENTS = "(transaction=False, databases=None, reset_sequences=False, serialized_rollback=False)"
MARKERS = (
    f"hotclub_db{_DB_ARGUMENTS}: the test may use databases; what it writes is rolled back",
    f"django_db{_DB_ARGUMENTS}: the same",
    "urls(module): the test uses this URLconf",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
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


def _is_configured() -> bool:
    """Say whether settings are named, or were configured by hand, without loading them."""
    if any(os.environ.get(name) for name in SETTINGS_VARIABLES):
        return True
    conf = sys.modules.get("hotclub.conf")
    return conf is not None and bool(conf.settings.configured)


def _require_settings() -> None:
    if not _is_configured():
        pytest.skip(
            "no settings are configured; set HOTCLUB_SETTINGS_MODULE, the ini option hotclub_settings_module, or pass "
            "--hotclub-settings"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Name the settings before any conftest is imported."""
    for line in MARKERS:
        early_config.addinivalue_line("markers", line)
    options = parser.parse_known_args(args)
    module = getattr(options, "hotclub_settings", None) or _settings_module(early_config)
    if module:
        os.environ["HOTCLUB_SETTINGS_MODULE"] = module


def pytest_configure(config: pytest.Config) -> None:
    """Set the project up once its conftests are loaded."""
    if any(os.environ.get(name) for name in SETTINGS_VARIABLES) and _settings_module(config):
        import hotclub  # noqa: PLC0415  # only where the project uses it

        hotclub.setup()


@pytest.fixture(scope="session")
def hotclub_test_environment() -> Generator[None, None, None]:
    """Make the session a test environment: mail to an outbox, the host `testserver`, templates that send signals."""
    _require_settings()
    import hotclub  # noqa: PLC0415
    from hotclub.apps import apps  # noqa: PLC0415
    from hotclub.test.utils import setup_test_environment, teardown_test_environment  # noqa: PLC0415

    if not apps.ready:
        hotclub.setup()
    setup_test_environment(debug=False)
    yield
    teardown_test_environment()


@pytest.fixture(scope="session")
def hotclub_db_setup(request: pytest.FixtureRequest, hotclub_test_environment: None) -> Generator[None, None, None]:
    """Make the test databases, once a session; workers of xdist get their own."""
    from hotclub.db import connections  # noqa: PLC0415
    from hotclub.test.utils import setup_databases, teardown_databases  # noqa: PLC0415

    config = request.config
    keep = bool(config.getoption("--reuse-db")) and not config.getoption("--create-db")
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        for connection in connections.all():
            name = connection.settings_dict["TEST"].get("NAME") or f"test_{connection.settings_dict['NAME']}"
            if ":memory:" not in str(name) and "mode=memory" not in str(name):
                connection.settings_dict["TEST"]["NAME"] = f"{name}_{worker}"
    old_config = setup_databases(verbosity=0, interactive=False, keepdb=keep)
    yield
    teardown_databases(old_config, verbosity=0, keepdb=keep)


def _marker_options(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    for name in ("hotclub_db", "django_db"):
        marker = request.node.get_closest_marker(name)
        if marker is not None:
            return dict(marker.kwargs)
    return None


def _test_case(options: dict[str, Any]) -> Any:
    """Return a test case class whose set-up and clean-up surround a pytest test."""
    from hotclub.test import TestCase, TransactionTestCase  # noqa: PLC0415

    transactional = options.get("transaction") or options.get("reset_sequences")
    base: Any = TransactionTestCase if transactional else TestCase
    attributes: dict[str, Any] = {
        "reset_sequences": options.get("reset_sequences", False),
        "serialized_rollback": options.get("serialized_rollback", False),
        "__module__": __name__,
    }
    if options.get("databases") is not None:
        attributes["databases"] = options["databases"]
    return type("PytestTestCase", (base,), attributes)


def _run_in_test_case(options: dict[str, Any]) -> Generator[None, None, None]:
    case_class = _test_case(options)
    case_class.setUpClass()
    case = case_class(methodName="__init__")
    try:
        case._pre_setup()
        try:
            yield
        finally:
            case._post_teardown()
    finally:
        case_class.tearDownClass()
        case_class.doClassCleanups()


@pytest.fixture
def db(request: pytest.FixtureRequest, hotclub_db_setup: None) -> Generator[None, None, None]:
    """The test may use databases; what it writes is rolled back."""
    yield from _run_in_test_case(_marker_options(request) or {})


@pytest.fixture
def transactional_db(request: pytest.FixtureRequest, hotclub_db_setup: None) -> Generator[None, None, None]:
    """The test may use databases and transactions; the tables are emptied after it."""
    yield from _run_in_test_case({**(_marker_options(request) or {}), "transaction": True})


@pytest.fixture(autouse=True)
def _hotclub_marked(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """Do what the markers of a test ask for."""
    options = _marker_options(request)
    urls = request.node.get_closest_marker("urls")
    if options is not None:
        name = "transactional_db" if options.get("transaction") or options.get("reset_sequences") else "db"
        request.getfixturevalue(name)
    with ExitStack() as stack:
        if urls is not None:
            from hotclub.test.utils import override_settings  # noqa: PLC0415

            stack.enter_context(override_settings(ROOT_URLCONF=urls.args[0]))
        yield


@pytest.fixture
def client(hotclub_test_environment: None) -> Client:
    """A test client."""
    from hotclub.test import Client  # noqa: PLC0415

    return Client()


@pytest.fixture
def async_client(hotclub_test_environment: None) -> AsyncClient:
    """An async test client."""
    from hotclub.test import AsyncClient  # noqa: PLC0415

    return AsyncClient()


@pytest.fixture
def rf(hotclub_test_environment: None) -> RequestFactory:
    """A request factory."""
    from hotclub.test import RequestFactory  # noqa: PLC0415

    return RequestFactory()


@pytest.fixture
def async_rf(hotclub_test_environment: None) -> AsyncRequestFactory:
    """An async request factory."""
    from hotclub.test import AsyncRequestFactory  # noqa: PLC0415

    return AsyncRequestFactory()


@pytest.fixture
def admin_user(db: None) -> Any:
    """A superuser named "admin", with the password "password"."""
    from hotclub.contrib.auth import get_user_model  # noqa: PLC0415

    model: Any = get_user_model()
    username_field = model.USERNAME_FIELD
    username = "admin@example.com" if username_field == "email" else "admin"
    found = model._default_manager.filter(**{username_field: username}).first()
    if found is not None:
        return found
    extra = {"email": "admin@example.com"} if "email" in model.REQUIRED_FIELDS else {}
    return model._default_manager.create_superuser(**{username_field: username}, password="password", **extra)


@pytest.fixture
def admin_client(admin_user: Any) -> Client:
    """A test client with `admin_user` logged in."""
    from hotclub.test import Client  # noqa: PLC0415

    logged_in = Client()
    logged_in.force_login(admin_user)
    return logged_in


class SettingsOverride:
    """Settings that can be set and deleted in a test; all changes end with it."""

    def __init__(self) -> None:
        object.__setattr__(self, "_stack", ExitStack())

    def __getattr__(self, name: str) -> Any:
        from hotclub.conf import settings  # noqa: PLC0415

        return getattr(settings, name)

    def __setattr__(self, name: str, value: Any) -> None:
        from hotclub.test.utils import override_settings  # noqa: PLC0415

        self._stack.enter_context(override_settings(**{name: value}))

    def __delattr__(self, name: str) -> None:
        from hotclub.conf import settings  # noqa: PLC0415
        from hotclub.test.utils import override_settings  # noqa: PLC0415

        self._stack.enter_context(override_settings())
        delattr(settings, name)


@pytest.fixture
def settings() -> Iterator[SettingsOverride]:
    """Settings to change in a test."""
    _require_settings()
    override = SettingsOverride()
    with override._stack:
        yield override


@pytest.fixture
def mailoutbox(hotclub_test_environment: None) -> list[Any]:
    """The messages that the test sends."""
    from hotclub.core import mail  # noqa: PLC0415

    messages: list[Any] = []
    mail.outbox = messages
    return messages


@pytest.fixture
def django_assert_num_queries() -> Callable[..., Any]:
    """A context that asserts how many queries run: `with django_assert_num_queries(2): …`."""
    from hotclub.db import connection as default_connection  # noqa: PLC0415
    from hotclub.test.utils import CaptureQueriesContext  # noqa: PLC0415

    class Counted(CaptureQueriesContext):
        def __init__(self, num: int, connection: Any = None) -> None:
            self.num = num
            super().__init__(connection or default_connection)

        def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
            super().__exit__(kind, error, trace)
            if kind is None and len(self) != self.num:
                listing = "\n".join(query["sql"] for query in self.captured_queries)
                pytest.fail(f"expected {self.num} queries, {len(self)} ran:\n{listing}")

    return Counted


@pytest.fixture
def django_capture_on_commit_callbacks(db: None) -> Callable[..., Any]:
    """`TestCase.captureOnCommitCallbacks` as a fixture."""
    from hotclub.test import TestCase  # noqa: PLC0415

    return TestCase.captureOnCommitCallbacks


@pytest.fixture
def live_server(transactional_db: None) -> Iterator[Any]:
    """The site served on a port of this machine; `str(live_server)` is its URL."""
    from hotclub.db import connections  # noqa: PLC0415
    from hotclub.test.liveserver import LiveServerThread, ServedFiles  # noqa: PLC0415
    from hotclub.test.utils import modify_settings  # noqa: PLC0415

    shared = {
        connection.alias: connection
        for connection in connections.all()
        if connection.vendor == "sqlite" and connection.is_in_memory_db()
    }
    for connection in shared.values():
        connection.inc_thread_sharing()
    thread = LiveServerThread("localhost", ServedFiles, connections_override=shared)
    thread.daemon = True
    with modify_settings(ALLOWED_HOSTS={"append": "localhost"}):
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        yield LiveServer(f"http://localhost:{thread.port}")
        thread.terminate()
    for connection in shared.values():
        connection.dec_thread_sharing()


class LiveServer:
    """Where the live server is.

    Args:
        url: of its root, without a slash in the end.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def __str__(self) -> str:
        return self.url

    def __add__(self, path: str) -> str:
        return f"{self.url}{path}"
