"""A small HTTP client that asks the same thing over many connections for a set time: the load where wrk is not installed.

It waits for each answer before the next request on a connection, and reads answers by their `Content-Length`.
"""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple


class Figures(NamedTuple):
    """Requests a second, and the latency in milliseconds below which half and 99 % of the answers came."""

    per_second: float
    median_ms: float
    p99_ms: float


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> tuple[int, bytes]:
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if any(line.startswith(b"transfer-encoding:") for line in lines):
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
        body = await reader.readexactly(length)
    return int(head[9:12]), body


async def _answer(port: int, raw: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await _ask(reader, writer, raw)
    finally:
        writer.close()


def answer(port: int, raw: bytes) -> tuple[int, bytes]:
    """Ask once; give status and body."""
    return asyncio.run(asyncio.wait_for(_answer(port, raw), 20))


async def _load(port: int, raw: bytes, connections: int, seconds: float) -> Figures:
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (began := time.perf_counter()) < end:
                status, _ = await _ask(reader, writer, raw)
                if status != 200:
                    raise RuntimeError(f"status {status} under load")
                taken.append(time.perf_counter() - began)
        finally:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    spent = time.perf_counter() - began
    taken.sort()
    return Figures(len(taken) / spent, taken[len(taken) // 2] * 1e3, taken[int(len(taken) * 0.99)] * 1e3)


def load(port: int, raw: bytes, connections: int, seconds: float) -> Figures:
    """Ask over `connections` connections for `seconds`."""
    return asyncio.run(asyncio.wait_for(_load(port, raw, connections, seconds), seconds + 20))
