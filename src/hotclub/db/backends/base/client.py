"""The database's own command line client, for `dbshell`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import Any

from hotclub.db.backends.base.part import ConnectionPart


class BaseDatabaseClient(ConnectionPart):
    """Starts the client program of a database."""

    executable_name: str | None = None

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Sequence[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Give the command line and the additional environment for connection settings."""
        raise NotImplementedError(
            "subclasses of BaseDatabaseClient must provide a settings_to_cmd_args_env() method or override a runshell()."
        )

    def runshell(self, parameters: Sequence[str]) -> None:
        """Run the client until the user leaves it.

        Raises:
            FileNotFoundError: the program is not installed.
            subprocess.CalledProcessError: it ended with an error.
        """
        args, env = self.settings_to_cmd_args_env(self.connection.settings_dict, parameters)
        subprocess.run(args, env={**os.environ, **env} if env else None, check=True)
