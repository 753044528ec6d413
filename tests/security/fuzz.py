"""The targets under atheris, guided by coverage: `python -m tests.security.fuzz NAME [arguments of libFuzzer]`.

Needs `pip install atheris`. Without a name it lists the targets. It runs until an error or the end of `-runs=…` or `-max_total_time=…` (seconds).
It begins with the seeds and pieces of `targets.py`; folders among the arguments are further inputs, and the first keeps what is found.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def main() -> None:
    from hotclub.conf import settings

    settings.configure(SECRET_KEY="fuzz")
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    with atheris.instrument_imports(include=["hotclub"]):
        from tests.security.targets import PIECES, SEEDS, TARGETS
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit("targets: " + " ".join(TARGETS))
    target = TARGETS[sys.argv.pop(1)]
    directory = Path(tempfile.mkdtemp(prefix="fuzz-"))  # libFuzzer ends the process by itself
    pieces = ("".join(f"\\x{byte:02x}" for byte in piece) for piece in PIECES)
    words = directory / "pieces"
    words.write_text("".join(f'"{piece}"\n' for piece in pieces))
    seeds = directory / "seeds"
    seeds.mkdir()
    for number, seed in enumerate(SEEDS):
        (seeds / str(number)).write_bytes(seed)
    atheris.Setup([*sys.argv, f"-dict={words}", str(seeds)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
