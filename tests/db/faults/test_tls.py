"""Encrypted connections: who the server is, and who the client is, is proved by certificates."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from hotclub.db import OperationalError, connection
from tests.databases import wanted_names
from tests.halves import Halves
from tests.servers import CERTIFIED, KINDS, Authority, MissingPrograms, Server

On = Callable[[dict[str, Any]], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    try:
        return Authority(tmp_path_factory.mktemp("authority"))
    except MissingPrograms as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that signed nothing of the servers'."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="session", params=list(KINDS))
def encrypted(request: pytest.FixtureRequest, authority: Authority, _project: None) -> Iterator[Server]:
    if request.param not in wanted_names():
        pytest.skip(f"HOTCLUB_TEST_DATABASES does not name {request.param}")
    try:
        server = KINDS[request.param](authority)
    except (MissingPrograms, ImportError) as error:
        pytest.skip(f"no {request.param} server can be run here: {error}")
    yield server
    server.remove()


@pytest.fixture(autouse=True)
def _driver_leaves_transports() -> Iterator[None]:
    """asyncmy drops the plain transport when it begins to encrypt: collected here, it disturbs no other test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def settings(
    server: Server,
    ca: Path,
    host: str = "localhost",
    user: str | None = None,
    own: tuple[Path, Path] | None = None,
    identity: bool = True,
) -> dict[str, Any]:
    """Settings of a client that believes `ca`, and shows its own key and certificate, if it has some."""
    if type(server).__name__ == "PostgreSQL":
        options = {"sslmode": "verify-full" if identity else "verify-ca", "sslrootcert": str(ca)}
        names = ("sslkey", "sslcert")
    else:
        options = {"ssl_ca": str(ca), "ssl_verify_cert": True, "ssl_verify_identity": identity}
        names = ("ssl_key", "ssl_cert")
    if own is not None:
        options.update(zip(names, map(str, own), strict=True))
    made = {**server.settings(**options), "HOST": host}
    return {**made, "USER": user} if user else made


async def cipher(halves: Halves, server: Server) -> str:
    """Say how the default connection is encrypted."""
    if type(server).__name__ == "PostgreSQL":
        sql = "SELECT version || ' ' || cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    else:
        sql = "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'"
    if halves.is_async:
        async with connection.acursor() as cursor:
            await cursor.execute(sql)
            row = await cursor.fetchone()
    else:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
    return str(row[0] if row else "")


async def test_a_server_proves_who_it_is(encrypted: Server, authority: Authority, halves: Halves, on: On) -> None:
    with on(settings(encrypted, authority.certificate)):
        assert await cipher(halves, encrypted)


async def test_a_server_of_an_unknown_authority_is_refused(
    encrypted: Server, stranger: Authority, halves: Halves, on: On
) -> None:
    for identity in (True, False):
        with (
            on(settings(encrypted, stranger.certificate, identity=identity)),
            pytest.raises(OperationalError, match="certificate"),
        ):
            await cipher(halves, encrypted)


async def test_a_certificate_of_another_name_is_refused(
    encrypted: Server, authority: Authority, halves: Halves, on: On
) -> None:
    with (
        on(settings(encrypted, authority.certificate, host="127.0.0.1")),
        pytest.raises(OperationalError, match=r"certificate.*127\.0\.0\.1"),
    ):
        await cipher(halves, encrypted)
    with on(settings(encrypted, authority.certificate, host="127.0.0.1", identity=False)):
        assert await cipher(halves, encrypted)


async def test_a_client_proves_who_it_is(
    encrypted: Server, authority: Authority, stranger: Authority, halves: Halves, on: On
) -> None:
    own = authority.sign(CERTIFIED)
    with on(settings(encrypted, authority.certificate, user=CERTIFIED, own=own)):
        assert await cipher(halves, encrypted)
    for wrong in (None, authority.sign("somebody"), stranger.sign(CERTIFIED)):
        with (
            on(settings(encrypted, authority.certificate, user=CERTIFIED, own=wrong)),
            pytest.raises(OperationalError),
        ):
            await cipher(halves, encrypted)


async def test_the_dictionary_of_mysql_drivers(
    encrypted: Server, authority: Authority, stranger: Authority, halves: Halves, on: On
) -> None:
    """`OPTIONS = {"ssl": {"ca": …}}`, as MySQLdb takes it."""
    if type(encrypted).__name__ == "PostgreSQL":
        pytest.skip("about the drivers of MySQL")
    plain = {**encrypted.settings(), "HOST": "localhost"}
    with on({**plain, "OPTIONS": {"ssl": {"ca": str(authority.certificate)}}}):
        assert await cipher(halves, encrypted)
    with (
        on({**plain, "OPTIONS": {"ssl": {"ca": str(stranger.certificate)}}}),
        pytest.raises(OperationalError, match="certificate"),
    ):
        await cipher(halves, encrypted)
