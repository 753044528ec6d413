"""The targets under atheris, guided by coverage: `python -m tests.security.fuzz NAME [arguments of libFuzzer]`.

Needs `pip install atheris`. Without a name it lists the targets. It runs until an error or the end of `-runs=…` or `-max_total_time=…` (seconds).
"""

from __future__ import annotations

import sys


def main() -> None:
    from hotclub.conf import settings

    settings.configure(SECRET_KEY="fuzz")
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    with atheris.instrument_imports(include=["hotclub"]):
        from tests.security.targets import TARGETS
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit("targets: " + " ".join(TARGETS))
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
