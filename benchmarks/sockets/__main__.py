"""Start the servers, compare their answers, load them in turn, print the table."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import environment, exchange
from benchmarks.sockets.client import Figures, answer, load

NEEDS = ("granian>=2.8,<3", "starlette", "fastapi", "litestar", "falcon", "blacksheep", "flask", "python-multipart")
ASGI_PEERS = ("starlette", "fastapi", "litestar", "falcon", "blacksheep")


class Server(NamedTuple):
    """One application behind one granian worker: framework, interface, kind of views, middleware."""

    framework: str
    interface: str
    views: str = "async"
    stack: str = "bare"


class Case(NamedTuple):
    """A request, and the servers that answer it alike."""

    name: str
    request: exchange.Request
    servers: tuple[Server, ...]
    is_json: bool = False


def both(*rest: str) -> tuple[Server, Server]:
    return Server("hotclub", *rest), Server("django", *rest)


def _peers(interface: str, names: tuple[str, ...]) -> tuple[Server, ...]:
    return tuple(Server(name, interface) for name in names)


CASES = (
    Case("plain text, ASGI", exchange.plain(), (*both("asgi"), *_peers("asgi", ASGI_PEERS))),
    Case("plain text, ASGI, sync view", exchange.plain(), both("asgi", "sync")),
    Case(
        "JSON, seven middleware, ASGI (FastAPI bare)",
        exchange.Request("/message/"),
        (*both("asgi", "async", "seven"), Server("fastapi", "asgi")),
        is_json=True,
    ),
    Case(
        "JSON, seven middleware, ASGI, sync view",
        exchange.Request("/message/"),
        both("asgi", "sync", "seven"),
        is_json=True,
    ),
    Case("2 KB of JSON, ASGI", exchange.document(), (*both("asgi"), *_peers("asgi", ASGI_PEERS)), is_json=True),
    Case("plain text, WSGI", exchange.plain(), (*both("wsgi", "sync"), *_peers("wsgi", ("falcon", "flask")))),
    Case("JSON, seven middleware, WSGI", exchange.Request("/message/"), both("wsgi", "sync", "seven"), is_json=True),
)


def raw(request: exchange.Request) -> bytes:
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.all_headers()]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


def start(server: Server, python: str, log: Path) -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--interface", server.interface, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    options += ["--http", "1", "--no-ws", "--factory", "--log-level", "warning"]
    if server.interface == "wsgi":
        options += ["--blocking-threads", "4"]
    process = subprocess.Popen(
        [python, "-W", "ignore", "-m", "granian", *options, "benchmarks.sockets.application:build"],
        cwd=environment.ROOT,
        env={**os.environ, "BENCHMARK_SERVER": " ".join(server)},
        stdout=log.open("ab"),
        stderr=subprocess.STDOUT,
    )
    return process, port


def wait(server: Server, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"{' '.join(server)} does not start:\n{log.read_text()[-2000:]}")


def with_wrk(port: int, request: exchange.Request, connections: int, seconds: float) -> Figures:
    """Load with wrk; it ends by itself."""
    script = [f"wrk.method = {json.dumps(request.method)}"]
    # wrk knows its own headers by their usual spelling, and would send a second "Host" beside "host".
    script += [
        f"wrk.headers[{json.dumps(name.title())}] = {json.dumps(value)}" for name, value in request.all_headers()
    ]
    if request.body:
        script.append(f"wrk.body = {json.dumps(request.body.decode())}")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write("\n".join(script))
        file.flush()
        seconds_text = f"{max(1, round(seconds))}s"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds_text}", "--latency", "-s", file.name]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{request.path}"],
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            check=True,
        )
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"errors under load:\n{done.stdout}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert rate is not None, done.stdout
    return Figures(float(rate[1]), *(_milliseconds(done.stdout, share) for share in ("50%", "99%")))


def _milliseconds(text: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", text)
    assert found is not None, text
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sockets", description=__doc__)
    parser.add_argument("--only", default="", help="comma-separated parts of case names")
    parser.add_argument("--frameworks", default="", help="comma-separated; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--client", choices=["wrk", "own"], default="wrk" if shutil.which("wrk") else "own")
    parser.add_argument("--peer-python", help="interpreter that has the peers and granian installed")
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args()
    parts = [part.strip() for part in args.only.split(",") if part.strip()]
    wanted = [name.strip() for name in args.frameworks.split(",") if name.strip()]
    cases = [
        case._replace(servers=tuple(one for one in case.servers if not wanted or one.framework in wanted))
        for case in CASES
        if not parts or any(part in case.name for part in parts)
    ]
    peers = args.peer_python or environment.peer_python(NEEDS)
    running: dict[Server, tuple[subprocess.Popen[bytes], int]] = {}
    taken: dict[tuple[str, Server], list[Figures]] = {}
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory, "log")
        try:
            for server in dict.fromkeys(server for case in cases for server in case.servers):
                running[server] = start(server, sys.executable if server.framework == "hotclub" else peers, log)
            for server, (process, port) in running.items():
                wait(server, process, port, log)
            for case in cases:
                compare(case, {server: running[server][1] for server in case.servers})
            for number in range(args.rounds):
                for case in cases:
                    for server in case.servers if number % 2 else reversed(case.servers):
                        port = running[server][1]
                        if args.client == "wrk":
                            figures = with_wrk(port, case.request, args.connections, args.seconds)
                        else:
                            figures = load(port, raw(case.request), args.connections, args.seconds)
                        taken.setdefault((case.name, server), []).append(figures)
        finally:
            for process, _ in running.values():
                process.terminate()
            for process, _ in running.values():
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
    show(cases, taken, args)
    return 0


def compare(case: Case, ports: dict[Server, int]) -> None:
    """Ask each server once.

    Raises:
        SystemExit: they do not say the same.
    """
    answers = {}
    for server, port in ports.items():
        status, body = answer(port, raw(case.request))
        answers[server] = (status, json.dumps(json.loads(body), sort_keys=True) if case.is_json else body)
    if len(set(answers.values())) > 1:
        raise SystemExit(f"{case.name}: the answers differ: {answers}")


def show(cases: list[Case], taken: dict[tuple[str, Server], list[Figures]], args: argparse.Namespace) -> None:
    print(f"{args.connections} connections, {args.client}, medians of {args.rounds} rounds of {args.seconds:g} s\n")
    rows = []
    for case in cases:
        print(f"{case.name:46} {'requests/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'hotclub is':>11}")
        medians = {
            server: Figures(*(statistics.median(values) for values in zip(*taken[case.name, server], strict=True)))
            for server in case.servers
        }
        ours = next((figures for server, figures in medians.items() if server.framework == "hotclub"), None)
        for server, figures in medians.items():
            ratio = f"{ours.per_second / figures.per_second:.1f}×" if ours and figures is not ours else ""
            print(
                f"  {server.framework:44} {figures.per_second:11,.0f} {figures.median_ms:8.2f} {figures.p99_ms:8.2f} {ratio:>11}"
            )
            rows.append({"case": case.name, "server": server, **figures._asdict()})
        print(flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    sys.exit(main())
