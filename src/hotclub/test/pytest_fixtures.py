"""Databases, clients and settings as fixtures and markers of pytest.

Databases are closed to tests that do not ask for them, and test cases of `hotclub.test` get test databases as they do
under the project's own runner: what a test writes never reaches the databases that the settings name. Imports are late,
because every project of an environment with hotclub in it loads this module.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from hotclub.test.pytest_plugin import is_configured

if TYPE_CHECKING:
    from hotclub.test.client import AsyncClient, AsyncRequestFactory, Client, RequestFactory

NO_ACCESS = (
    'Database access not allowed, use the "hotclub_db" mark, or the "db" or "transactional_db" fixtures to enable it.'
)


def _require_settings() -> None:
    if not is_configured():
        pytest.skip(
            "no settings are configured; set HOTCLUB_SETTINGS_MODULE, the ini option hotclub_settings_module, or pass "
            "--hotclub-settings"
        )


class DatabaseBlocker:
    """Keeps databases closed: no connection is opened, and on open ones no statement runs."""

    def __init__(self) -> None:
        self.is_blocking = False

    @contextmanager
    def block(self) -> Iterator[None]:
        """Close databases inside the block."""
        with self._switched(True):
            yield

    @contextmanager
    def unblock(self) -> Iterator[None]:
        """Open databases inside the block."""
        with self._switched(False):
            yield

    @contextmanager
    def _switched(self, blocking: bool) -> Iterator[None]:
        before = self.is_blocking
        self._switch(blocking)
        try:
            yield
        finally:
            self._switch(before)

    def _switch(self, blocking: bool) -> None:
        if blocking == self.is_blocking:
            return
        from hotclub.db import connections  # noqa: PLC0415
        from hotclub.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415

        self.is_blocking = blocking
        if blocking:
            self._connect = BaseDatabaseWrapper.connect
            BaseDatabaseWrapper.connect = _refuse  # type: ignore[method-assign]  # undone below
        else:
            BaseDatabaseWrapper.connect = self._connect  # type: ignore[method-assign]
        for connection in connections.all(initialized_only=True):
            if blocking:
                connection.execute_wrappers.append(_refuse)
            elif _refuse in connection.execute_wrappers:
                connection.execute_wrappers.remove(_refuse)


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    __tracebackhide__ = True
    raise RuntimeError(NO_ACCESS)


_blocker = DatabaseBlocker()


@pytest.fixture(scope="session")
def hotclub_db_blocker() -> DatabaseBlocker:
    """Opens databases for a while, for fixtures of a session: `with hotclub_db_blocker.unblock(): …`."""
    return _blocker


def _test_case_class(item: Any) -> Any:
    """Return the class of a test, if it is one of `hotclub.test`."""
    cls = getattr(item, "cls", None)
    if cls is None:
        return None
    from hotclub.test import SimpleTestCase  # noqa: PLC0415

    return cls if issubclass(cls, SimpleTestCase) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep databases closed around a test and its fixtures; test cases do so by themselves."""
    if not is_configured() or _test_case_class(item) is not None:
        return (yield)
    with _blocker.block():
        return (yield)


@pytest.fixture(scope="class", autouse=True)
def _hotclub_test_case(request: pytest.FixtureRequest) -> None:
    """Give test cases of `hotclub.test` what the project's own runner gives them."""
    cls = _test_case_class(request) if is_configured() else None
    if cls is not None:
        request.getfixturevalue("hotclub_db_setup" if cls.databases else "hotclub_test_environment")


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
            name = connection.settings_dict["TEST"].get("NAME")
            if not name and connection.vendor == "sqlite":
                continue  # in memory, so each worker's own already
            name = name or f"test_{connection.settings_dict['NAME']}"
            if ":memory:" not in str(name) and "mode=memory" not in str(name):
                connection.settings_dict["TEST"]["NAME"] = f"{name}_{worker}"
    with _blocker.unblock():
        old_config = setup_databases(verbosity=0, interactive=False, keepdb=keep)
    yield
    with _blocker.unblock():
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
    with _blocker.unblock():
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
def django_user_model(db: None) -> Any:
    """The project's user model."""
    from hotclub.contrib.auth import get_user_model  # noqa: PLC0415

    return get_user_model()


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
