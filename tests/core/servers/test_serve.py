"""`hotclub serve` by real processes: reload and stop lose nothing, workers are replaced, slow clients harm nobody."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.core.servers.site import Server, free_port, get, make_site, request, serving

pytest.importorskip("granian", reason="the `server` extra is not installed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server with two workers that no test changes for good."""
    with serving(make_site(tmp_path_factory.mktemp("site")), "--workers", "2", "--header-timeout", "2") as server:
        yield server


async def load(port: int, clients: int, until: asyncio.Event, counts: Counter[str]) -> None:
    """Let clients ask again and again, each request on a new connection, and count what they get."""

    async def client() -> None:
        while not until.is_set():
            try:
                answer = await asyncio.wait_for(request(port), 20)
            except (OSError, TimeoutError) as error:
                counts[f"failed: {error!r}"] += 1
            else:
                counts[answer.partition(b"\r\n\r\n")[2].decode().partition(" ")[0] or f"broken: {answer[:50]!r}"] += 1

    await asyncio.gather(*(client() for _ in range(clients)))


def test_a_reload_under_load_loses_no_request_and_takes_new_code(tmp_path):
    directory = make_site(tmp_path)

    async def main(server: Server) -> Counter[str]:
        counts: Counter[str] = Counter()
        enough = asyncio.Event()
        clients = asyncio.create_task(load(server.port, 8, enough, counts))
        await asyncio.sleep(0.5)
        for version in ("second", "third"):
            code = (directory / "site_urls.py").read_text()
            (directory / "site_urls.py").write_text(code.replace('VERSION = "', f'VERSION = "{version}"  # "'))
            server.signal(signal.SIGHUP)
            await asyncio.to_thread(server.wait_for, "reloaded: serving")
            await asyncio.sleep(0.5)
        enough.set()
        await clients
        return counts

    with serving(directory, "--workers", "2") as server:
        counts = asyncio.run(asyncio.wait_for(main(server), 150))
    assert set(counts) == {"first", "second", "third"}, counts


def test_a_reload_of_broken_code_keeps_the_old_workers(tmp_path):
    directory = make_site(tmp_path)
    with serving(directory, "--workers", "1") as server:
        before = get(server.port)
        (directory / "site_settings.py").write_text("this is no Python\n")
        server.signal(signal.SIGHUP)
        server.wait_for("the reload is given up, the old workers go on")
        assert get(server.port).split()[-1] == before.split()[-1]
        assert any("SyntaxError" in line for line in server.lines)


def test_stopping_answers_what_was_accepted(tmp_path):
    with serving(make_site(tmp_path), "--workers", "2") as server:

        async def main() -> list[bytes]:
            paths = ["/slow/?seconds=1", "/slow-sync/?seconds=1"] * 10
            waiting = [asyncio.create_task(request(server.port, path)) for path in paths]
            await asyncio.sleep(0.7)
            server.signal(signal.SIGTERM)
            return await asyncio.wait_for(asyncio.gather(*waiting), 60)

        answers = asyncio.run(main())
        assert [answer.partition(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * 20
        assert server.stop() == 0
        with pytest.raises(ConnectionRefusedError):
            get(server.port)


def test_a_worker_that_hangs_is_killed_in_the_end(tmp_path):
    with serving(make_site(tmp_path), "--stop-timeout", "1") as server:

        async def main() -> None:
            hanging = asyncio.create_task(request(server.port, "/slow/?seconds=60"))
            await asyncio.sleep(0.5)
            server.signal(signal.SIGTERM)
            await asyncio.to_thread(server.process.wait, 30)
            hanging.cancel()

        asyncio.run(main())
        server.stop()
        assert any("has not stopped in time and is killed" in line for line in server.lines)


def test_a_killed_worker_is_replaced(shared):
    pids = shared.worker_pids()
    assert len(pids) == 2
    os.kill(pids[0], signal.SIGKILL)
    shared.wait_for(f"worker {pids[0]} was killed by SIGKILL")
    shared.wait_for("ready: serving")
    now = shared.worker_pids()
    assert len(now) == 2
    assert pids[0] not in now
    assert pids[1] in now
    assert get(shared.port).startswith(b"HTTP/1.1 200")


def test_workers_end_with_a_killed_supervisor(tmp_path):
    with serving(make_site(tmp_path), "--workers", "2") as server:
        pids = server.worker_pids()
        server.signal(signal.SIGKILL)
        deadline = time.monotonic() + 20
        while any(os.path.exists(f"/proc/{pid}/fd") and _runs(pid) for pid in pids):
            assert time.monotonic() < deadline, "a worker outlived its supervisor"
            time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_five_hundred_slow_clients_do_not_stop_the_fast_ones(shared):
    async def main() -> tuple[list[float], list[bytes]]:
        slow = []
        for number in range(500):
            reader, writer = await asyncio.open_connection("127.0.0.1", shared.port)
            # Some say nothing, some stop in the head, some stop in the body.
            writer.write(
                [b"", b"GET / HTTP/1.1\r\nHo", b"POST /length/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"][
                    number % 3
                ]
            )
            slow.append((reader, writer))
        seconds = []
        for _ in range(50):
            began = time.monotonic()
            assert (await asyncio.wait_for(request(shared.port), 10)).startswith(b"HTTP/1.1 200")
            seconds.append(time.monotonic() - began)
        # Those that stopped in the head are sent away after the time-out, which is 2 seconds here.
        ends = [
            await asyncio.wait_for(reader.read(), 20) for number, (reader, _) in enumerate(slow[:30]) if number % 3 == 1
        ]
        for _, writer in slow:
            writer.close()
        return seconds, ends

    seconds, ends = asyncio.run(main())
    assert len(seconds) == 50
    assert all(end == b"" or end.startswith((b"HTTP/1.1 408", b"HTTP/1.1 400")) for end in ends)


def test_a_body_that_comes_too_slowly_or_is_too_long(tmp_path):
    with serving(make_site(tmp_path), "--body-timeout", "1", "--max-body", "1000") as server:

        async def slow() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"POST /length/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab")
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 20)
            writer.close()
            return answer

        async def endless() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"POST /length/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(20):
                writer.write(b"64\r\n" + b"x" * 100 + b"\r\n")
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 20)
            writer.close()
            return answer

        assert get(server.port, "/length/", method="POST", body=b"x" * 1000).endswith(b"1000")
        assert get(server.port, "/length/", method="POST", body=b"x" * 1001).startswith(b"HTTP/1.1 413")
        assert asyncio.run(slow()).startswith(b"HTTP/1.1 408")
        assert asyncio.run(endless()).startswith(b"HTTP/1.1 413")


def test_health_pages(shared, tmp_path):
    assert get(shared.port, "/-/health/live").endswith(b"live\n")
    assert get(shared.port, "/-/health/ready").endswith(b"ready\n")
    directory = make_site(tmp_path)
    settings = (directory / "site_settings.py").read_text()
    (directory / "site_settings.py").write_text(settings.replace('"db.sqlite3"', '"nowhere", "db.sqlite3"'))
    with serving(directory, "--health", "/health") as server:
        answer = get(server.port, "/health/ready")
        assert answer.startswith(b"HTTP/1.1 503")
        assert answer.endswith(b"databases that do not answer: default\n")
        assert get(server.port, "/health/live").startswith(b"HTTP/1.1 200")


def test_static_files_over_the_wire(shared):
    answer = get(shared.port, "/static/site.css", head="Accept-Encoding: gzip\r\n")
    assert b"\r\ncontent-encoding: gzip\r\n" in answer
    assert get(shared.port, "/static/site.css").endswith(b"body { color: teal }\n")
    assert get(shared.port, "/static/../site_settings.py").startswith(b"HTTP/1.1 404")
    assert get(shared.port, "/static/%2e%2e/site_settings.py").startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
def test_unix_socket_pid_file_access_log_and_both_interfaces(tmp_path, interface):
    directory = make_site(tmp_path)
    place, pid_file = directory / "s.sock", directory / "pid"
    options = ["--bind", f"unix:{place}", "--pid-file", str(pid_file), "--access-log", "json", "--interface", interface]
    server = Server(directory, "serve", "--no-deploy-checks", "--workers", "1", *options)
    try:
        server.wait_for("ready: serving")
        assert int(pid_file.read_text()) == server.process.pid
        assert oct(place.stat().st_mode & 0o777) == "0o660"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(place))
            client.settimeout(20)
            client.sendall(
                b"POST /length/?q=%22 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
            )
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"\r\n\r\n3")
        assert '"status":200,"bytes":1' in server.wait_for('"target":')
    finally:
        assert server.stop() == 0
    assert not pid_file.exists()
    assert not place.exists()


def test_ipv6(tmp_path):
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    port = free_port()
    server = Server(make_site(tmp_path), "serve", "--no-deploy-checks", "--workers", "1", "--bind", f"[::1]:{port}")
    try:
        server.wait_for("ready: serving")
        with socket.create_connection(("::1", port), 20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.1 200"
    finally:
        server.stop()


def serve_once(directory, *arguments, deploy=False):
    """Run `serve` where it cannot start; give its exit status and last line."""
    environment = {**os.environ, "HOTCLUB_SETTINGS_MODULE": "site_settings", "PYTHONPATH": str(directory)}
    done = subprocess.run(
        [sys.executable, "-m", "hotclub", "serve", *([] if deploy else ["--no-deploy-checks"]), *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_errors_at_the_start_say_what_to_do(tmp_path, shared):
    directory = make_site(tmp_path)
    status, line = serve_once(directory, "--bind", f"127.0.0.1:{shared.port}")
    assert status == 1
    assert f"Port {shared.port} is already in use by process {shared.process.pid}" in line
    assert f"such as {shared.port + 1}" in line
    # The address may stand alone, as with runserver.
    for address in (str(shared.port), f"127.0.0.1:{shared.port}"):
        assert f"Port {shared.port} is already in use" in serve_once(directory, address)[1]
    assert "write an IPv6 address in brackets" in serve_once(directory, "--bind", "::1:80")[1]
    settings = directory / "site_settings.py"
    with settings.open("a") as text:
        text.write('SECURE_REFERRER_POLICY = "none of them"\n')
    assert serve_once(directory, "--bind", f"127.0.0.1:{shared.port}")[1].startswith("CommandError: Port")
    assert serve_once(directory, deploy=True)[1] == "Mend these, or serve all the same with --no-deploy-checks."
    settings.write_text(settings.read_text().replace('["*"]', "[]"))
    assert "ALLOWED_HOSTS is empty" in serve_once(directory)[1]


def test_a_project_that_cannot_be_loaded_ends_the_server(tmp_path):
    directory = make_site(tmp_path)
    (directory / "bad_asgi.py").write_text("application = 1 / 0\n")
    with (directory / "site_settings.py").open("a") as settings:
        settings.write('ASGI_APPLICATION = "bad_asgi.application"\n')
    server = Server(directory, "serve", "--no-deploy-checks", "--workers", "2", "--bind", f"127.0.0.1:{free_port()}")
    server.wait_for("before it could serve: see the error above")
    assert server.stop() == 1
    assert any("ZeroDivisionError" in line for line in server.lines)
