"""`findstatic`: where a static file comes from."""

from __future__ import annotations

import os
from typing import Any

from hotclub.contrib.staticfiles import finders
from hotclub.core.management.base import LabelCommand


class Command(LabelCommand):
    """Look for files with all finders."""

    help = "Finds the absolute paths for the given static file(s)."
    label = "staticfile"

    def add_arguments(self, parser: Any) -> None:
        """Add `--first`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--first", action="store_false", dest="all", help="Only return the first match for each static file."
        )

    def handle_label(self, path: str, **options: Any) -> str:  # type: ignore[override]
        """Look for one file."""
        verbosity = options["verbosity"]
        result = finders.find(path, find_all=options["all"])
        searched = ""
        if verbosity >= 2:
            locations = "\n  ".join(str(location) for location in finders.searched_locations)
            searched = f"\nLooking in the following locations:\n  {locations}"
        if result:
            if not isinstance(result, (list, tuple)):
                result = [result]
            result = [os.path.realpath(one) for one in result]
            if verbosity >= 1:
                found = "\n  ".join(result)
                return f"Found '{path}' here:\n  {found}{searched}"
            return "\n".join(result)
        message = [f"No matching file found for '{path}'."]
        if verbosity >= 2:
            message.append(searched)
        if verbosity >= 1:
            self.stderr.write("\n".join(message))
        return ""
