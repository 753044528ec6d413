"""The `Host` header: splitting it, and comparing it with `ALLOWED_HOSTS`. Linear in its length."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from hotclub.utils.http import is_same_domain

_HOST = re.compile(r"([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::([0-9]+))?")
MAX_HOST_LENGTH = 1024


@lru_cache(maxsize=256)
def split_domain_port(host: str) -> tuple[str, str]:
    """Split a host into domain and port, both lower case; empty texts if it is no host."""
    if len(host) > MAX_HOST_LENGTH:
        return "", ""
    match = _HOST.fullmatch(host.lower())
    if match is None:
        return "", ""
    domain, port = match.groups(default="")
    # A trailing dot only says that the name is complete.
    return domain.removesuffix("."), port


def validate_host(host: str, allowed_hosts: Iterable[str]) -> bool:
    """Whether a host (without port) matches one of the patterns: a name, `.example.com` or `*`."""
    return any(pattern == "*" or is_same_domain(host, pattern) for pattern in allowed_hosts)
