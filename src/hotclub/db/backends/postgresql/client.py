"""The `psql` program."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

from hotclub.db.backends.base.client import BaseDatabaseClient

SSL_VARIABLES = {
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class DatabaseClient(BaseDatabaseClient):
    """Starts `psql`; what is secret goes through the environment."""

    executable_name: str = "psql"

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Sequence[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        options = settings_dict.get("OPTIONS", {})
        name = settings_dict.get("NAME")
        if not name and not options.get("service"):
            name = "postgres"  # there is always one to connect to
        arguments = [cls.executable_name]
        for flag, key in (("-U", "USER"), ("-h", "HOST"), ("-p", "PORT")):
            if settings_dict.get(key):
                arguments += [flag, str(settings_dict[key])]
        arguments.extend(parameters)
        if name:
            arguments.append(name)
        environment: dict[str, str] = {}
        if settings_dict.get("PASSWORD"):
            environment["PGPASSWORD"] = str(settings_dict["PASSWORD"])
        if options.get("service"):
            environment["PGSERVICE"] = str(options["service"])
        environment.update({variable: str(options[key]) for key, variable in SSL_VARIABLES.items() if options.get(key)})
        return arguments, environment or None

    def runshell(self, parameters: Sequence[str]) -> None:
        handler = signal.getsignal(signal.SIGINT)
        try:
            # Control-C belongs to psql, which cancels its query.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            super().runshell(parameters)
        finally:
            signal.signal(signal.SIGINT, handler)
