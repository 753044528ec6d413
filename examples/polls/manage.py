#!/usr/bin/env python
"""Command line of the example site."""

import os
import sys

from hotclub.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("HOTCLUB_SETTINGS_MODULE", "community.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
