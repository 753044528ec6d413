"""Database servers of the tests' own, to be killed, and a proxy that loses what goes through it.

The servers' programs are those of Debian's packages `postgresql` and `mariadb-server`; where they are missing, the tests
are skipped. Data lie in a temporary folder; each server has its own port and its own process group.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

START_SECONDS = 30

CERTIFIED = "certified"
"""A user of the servers with certificates, who has to show one of this name."""


class MissingPrograms(Exception):
    """A server cannot be run here."""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(name: str, *folders: str) -> str:
    found = shutil.which(name)
    for folder in folders:
        found = found or next(iter(sorted(glob.glob(f"{folder}/{name}"), reverse=True)), None)
    if found is None:
        raise MissingPrograms(f"{name} is not installed")
    return found


class Authority:
    """A certificate authority, and what it signs.

    Args:
        folder: where keys and certificates are written.

    Attributes:
        certificate: its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._openssl = _program("openssl")
        self._key, self.certificate = folder / "ca.key", folder / "ca.pem"
        self._run("req", "-x509", "-subj", "/CN=Authority of the tests", "-days", "2", *self._new_key(self._key),
                  "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", str(self.certificate))  # fmt: skip

    def sign(self, name: str, *addresses: str) -> tuple[Path, Path]:
        """Make a key and a certificate for a common name and alternative ones ("DNS:…", "IP:…"); gives both files."""
        key, request, made = (self._folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        self._run("req", "-subj", f"/CN={name}", *self._new_key(key), "-out", str(request))
        extensions = self._folder / f"{name}.ext"
        extensions.write_text(
            "authorityKeyIdentifier=keyid\n" + (f"subjectAltName={','.join(addresses)}\n" if addresses else "")
        )
        self._run("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self._key), "-days", "2",
                  "-CAcreateserial", "-extfile", str(extensions), "-out", str(made))  # fmt: skip
        key.chmod(0o600)
        return key, made

    @staticmethod
    def _new_key(target: Path) -> list[str]:
        return ["-newkey", "rsa:2048", "-nodes", "-keyout", str(target)]

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._openssl, *arguments], capture_output=True, check=True, timeout=60)


class Server:
    """A server process with an empty database "faults".

    Args:
        authority: signs a certificate for `localhost` (and no address), which the server shows to clients; the clients'
            own have to be of the same authority. Without it, the server speaks plainly.

    Attributes:
        port: where it listens, on 127.0.0.1.
    """

    scheme = ""
    user_name = ""  # who runs it if the tests run as root; servers refuse root

    def __init__(self, authority: Authority | None = None) -> None:
        self.find_programs()
        self._user: str | None = None
        if os.getuid() == 0:
            try:
                pwd.getpwnam(self.user_name)
            except KeyError:
                raise MissingPrograms(f"the tests run as root, and there is no user {self.user_name}") from None
            self._user = self.user_name
        self._temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.folder = Path(self._temporary.name)
        if self._user:
            shutil.chown(self.folder, self._user)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.tls: dict[str, Path] = {}
        if authority is not None:
            key, certificate = authority.sign("localhost", "DNS:localhost")
            for kind, made in (("key", key), ("cert", certificate), ("ca", authority.certificate)):
                self.tls[kind] = Path(shutil.copy(made, self.folder / f"server-{kind}.pem"))
                if self._user:
                    shutil.chown(self.tls[kind], self._user)
        self.prepare()
        self.start()
        self.create_database()

    @property
    def url(self) -> str:
        """Its address, as the variables of `databases.py` want it."""
        return f"{self.scheme}@127.0.0.1:{self.port}"

    def find_programs(self) -> None:
        raise NotImplementedError

    def prepare(self) -> None:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def create_database(self) -> None:
        raise NotImplementedError

    def settings(self, port: int | None = None, **options: Any) -> dict[str, Any]:
        """Give the entry of DATABASES, by way of another port if given."""
        raise NotImplementedError

    def run(self, *command: str) -> None:
        """Run a program of the server's package."""
        done = subprocess.run(command, user=self._user, cwd=self.folder, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise MissingPrograms(f"{command[0]} fails: {done.stderr.strip()[-300:]}")

    def start(self) -> None:
        """Start the server, if it does not run, and wait until it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                self.command(), user=self._user, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise MissingPrograms((self.folder / "log").read_text(errors="replace")[-500:])
            time.sleep(0.05)

    def answers(self) -> bool:
        raise NotImplementedError

    def kill(self) -> None:
        """Kill all its processes at once, as a power failure does."""
        if self._process is not None and self._process.poll() is None:
            # PostgreSQL's children have groups of their own, and would answer for a moment more.
            place = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            children = place.read_text().split() if place.exists() else []
            os.killpg(self._process.pid, signal.SIGKILL)
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            self._process.wait(timeout=10)

    def remove(self) -> None:
        self.kill()
        self._temporary.cleanup()


class PostgreSQL(Server):
    scheme = "postgresql://postgres"
    user_name = "postgres"

    def find_programs(self) -> None:
        self._initdb = _program("initdb", "/usr/lib/postgresql/*/bin")
        self._postgres = _program("postgres", "/usr/lib/postgresql/*/bin")

    def prepare(self) -> None:
        self.run(self._initdb, "-D", str(self.folder / "data"), "-U", "postgres", "--auth=trust", "-N", "-E", "UTF8")
        if self.tls:
            rules = self.folder / "data" / "pg_hba.conf"
            rules.write_text(
                f"hostssl all {CERTIFIED} 127.0.0.1/32 cert\nhost all {CERTIFIED} all reject\n{rules.read_text()}"
            )

    def command(self) -> list[str]:
        changes = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "max_connections": "40",
            "deadlock_timeout": "100ms",
            "shared_buffers": "16MB",
        }
        if self.tls:
            changes["ssl"] = "on"
            changes.update({f"ssl_{kind}_file": str(place) for kind, place in self.tls.items()})
        options = [part for name, value in changes.items() for part in ("-c", f"{name}={value}")]
        return [self._postgres, "-D", str(self.folder / "data"), "-p", str(self.port), *options]

    def _connect(self, name: str) -> Any:
        import psycopg

        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=name, autocommit=True, connect_timeout=2
        )

    def answers(self) -> bool:
        import psycopg

        try:
            self._connect("postgres").close()
        except psycopg.Error:
            return False
        return True

    def position(self, function: str) -> int:
        """What `function` says of the write-ahead log, in bytes from its start."""
        with self._connect("postgres") as connection:
            row = connection.execute(f"SELECT {function}() - '0/0'::pg_lsn").fetchone()
        return int(row[0])

    def create_database(self) -> None:
        with self._connect("postgres") as connection:
            connection.execute("CREATE DATABASE faults")
            if self.tls:
                connection.execute(f"CREATE ROLE {CERTIFIED} LOGIN")

    def settings(self, port: int | None = None, **options: Any) -> dict[str, Any]:
        return {
            "ENGINE": "hotclub.db.backends.postgresql",
            "NAME": "faults",
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": str(port or self.port),
            "CONN_MAX_AGE": options.pop("CONN_MAX_AGE", None),
            "CONN_HEALTH_CHECKS": options.pop("CONN_HEALTH_CHECKS", False),
            "OPTIONS": {"connect_timeout": 5, **options},
        }


class Replica(PostgreSQL):
    """A streaming replica of a server.

    Args:
        primary: runs.
    """

    def __init__(self, primary: PostgreSQL) -> None:
        self._primary = primary
        super().__init__()

    def find_programs(self) -> None:
        super().find_programs()
        self._backup = _program("pg_basebackup", "/usr/lib/postgresql/*/bin")

    def prepare(self) -> None:
        place = ["-h", "127.0.0.1", "-p", str(self._primary.port), "-U", "postgres"]
        self.run(self._backup, *place, "-D", str(self.folder / "data"), "-R", "-X", "stream", "-c", "fast")

    def create_database(self) -> None:
        pass  # it has the primary's

    def has_caught_up(self) -> bool:
        """Whether all that the primary has written so far is here."""
        written = self._primary.position("pg_current_wal_lsn")
        return self.position("pg_last_wal_replay_lsn") >= written


class MariaDB(Server):
    scheme = "mysql://root"
    user_name = "mysql"

    def find_programs(self) -> None:
        self._install = _program("mariadb-install-db", "/usr/bin")
        self._mariadbd = _program("mariadbd", "/usr/sbin")

    def prepare(self) -> None:
        data = str(self.folder / "data")
        self.run(self._install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal")

    def command(self) -> list[str]:
        return [
            self._mariadbd,
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--socket={self.folder / 'socket'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-buffer-pool-size=16M",
            "--character-set-server=utf8mb4",
            *[f"--ssl-{kind}={place}" for kind, place in self.tls.items()],
        ]

    def _connect(self, name: str | None) -> Any:
        import pymysql

        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=name, connect_timeout=2)

    def answers(self) -> bool:
        import pymysql

        try:
            self._connect(None).close()
        except pymysql.Error:
            return False
        return True

    def create_database(self) -> None:
        with self._connect(None) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE faults")
            if self.tls:
                cursor.execute(f"CREATE USER {CERTIFIED}@localhost REQUIRE SUBJECT '/CN={CERTIFIED}'")
                cursor.execute(f"GRANT ALL ON faults.* TO {CERTIFIED}@localhost")

    def settings(self, port: int | None = None, **options: Any) -> dict[str, Any]:
        return {
            "ENGINE": "hotclub.db.backends.mysql",
            "NAME": "faults",
            "USER": "root",
            "HOST": "127.0.0.1",
            "PORT": str(port or self.port),
            "CONN_MAX_AGE": options.pop("CONN_MAX_AGE", None),
            "CONN_HEALTH_CHECKS": options.pop("CONN_HEALTH_CHECKS", False),
            "OPTIONS": {"connect_timeout": 5, **options},
        }


KINDS: dict[str, type[Server]] = {"postgresql": PostgreSQL, "mariadb": MariaDB}


class Proxy:
    """Passes bytes between a client and a server, until it is told to lose them.

    Args:
        target_port: the server's, on 127.0.0.1.

    Attributes:
        port: where it listens.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._left: int | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close every connection that goes through."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the other side was faster

    def cut_after(self, count: int | None) -> None:
        """Cut once the client has sent so many further bytes; they and what follows are lost. None takes it back."""
        self._left = count

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target_port), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._pairs.append((client, server))
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(65536):
                if counted and self._left is not None:
                    self._left -= len(data)
                    if self._left < 0:
                        self._left = None
                        self.cut()
                        break
                target.sendall(data)
        except OSError:
            pass  # cut
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already
        source.close()
