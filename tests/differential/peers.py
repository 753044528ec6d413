"""The two workers that answer the same programs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")


class Peer:
    """A process that runs programs with one of the frameworks.

    Args:
        interpreter: path of a Python that has the framework.
        package: "hotclub" or "django".
    """

    def __init__(self, interpreter: str, package: str) -> None:
        self.package = package
        self._process = subprocess.Popen(
            [interpreter, "-W", "ignore", str(WORKER), package],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, request: dict[str, Any]) -> Any:
        """Send a request and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker of {self.package} ended with {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()
