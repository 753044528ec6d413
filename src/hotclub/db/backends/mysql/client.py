"""The `mysql` program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub.db.backends.base.client import BaseDatabaseClient


class DatabaseClient(BaseDatabaseClient):
    """Starts `mysql`; the password goes through the environment."""

    executable_name: str = "mysql"

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Sequence[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        options = settings_dict["OPTIONS"]
        arguments = [cls.executable_name]
        environment = None
        name = options.get("database", options.get("db", settings_dict["NAME"]))
        user = options.get("user", settings_dict["USER"])
        password = options.get("password", options.get("passwd", settings_dict["PASSWORD"]))
        host = options.get("host", settings_dict["HOST"])
        port = options.get("port", settings_dict["PORT"])
        tls = options.get("ssl", {})
        if options.get("read_default_file"):
            arguments.append(f"--defaults-file={options['read_default_file']}")
        if user:
            arguments.append(f"--user={user}")
        if password:
            # In the arguments, every user of the machine could read it.
            environment = {"MYSQL_PWD": password}
        if host:
            arguments.append(f"--socket={host}" if "/" in host else f"--host={host}")
        if port:
            arguments.append(f"--port={port}")
        for key in ("ca", "cert", "key"):
            if tls.get(key):
                arguments.append(f"--ssl-{key}={tls[key]}")
        if options.get("charset"):
            arguments.append(f"--default-character-set={options['charset']}")
        if name:
            arguments.append(name)
        arguments.extend(parameters)
        return arguments, environment
