"""The name of this host, for message ids; found when it is first needed, as that may take time."""

from __future__ import annotations

import socket


class CachedDnsName:
    """The fully qualified name of the host; `str()` gives it in ASCII."""

    def __str__(self) -> str:
        return self.get_fqdn()

    def get_fqdn(self) -> str:
        """Return the name, looked up once."""
        if not hasattr(self, "_fqdn"):
            name = socket.getfqdn()
            try:
                self._fqdn = name.encode("idna").decode("ascii")
            except UnicodeError:
                self._fqdn = "localhost"
        return self._fqdn


DNS_NAME = CachedDnsName()
