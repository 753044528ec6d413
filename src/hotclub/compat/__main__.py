"""`python -m hotclub.compat SCRIPT [ARGUMENT …]`: run a script or a module under the alias."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence

from hotclub.compat.alias import ALIAS, install_django_alias, real_name


def main(argv: Sequence[str] | None = None) -> None:
    """Run a script or a module (`-m name`) under the alias.

    Args:
        argv: what to run and its arguments; those of this process, if None.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(
            "usage: python -m hotclub.compat SCRIPT [ARGUMENT …]\n       python -m hotclub.compat -m MODULE [ARGUMENT …]"
        )
        sys.exit(0 if arguments else 2)
    install_django_alias()
    if arguments[0] == "-m":
        if len(arguments) < 2:
            sys.exit("python -m hotclub.compat -m needs the name of a module.")
        sys.argv = arguments[1:]
        # As "python -m" does: the current directory comes first.
        sys.path.insert(0, os.getcwd())
        runpy.run_module(
            real_name(arguments[1]) if arguments[1].split(".")[0] == ALIAS else arguments[1],
            run_name="__main__",
            alter_sys=True,
        )
        return
    script = arguments[0]
    if not os.path.exists(script):
        sys.exit(f"python -m hotclub.compat: there is no file {script!r}. Name the script to run, such as manage.py.")
    sys.argv = arguments
    # As "python script.py" does: the script's directory comes first.
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
