"""System checks: the protocol (façade), and the checks that need nothing but settings and the app registry.

Other checks register themselves where the thing they check is defined.
"""

from hotclub.core.checks.messages import (
    CRITICAL,
    DEBUG,
    ERROR,
    INFO,
    WARNING,
    CheckMessage,
    Critical,
    Debug,
    Error,
    Info,
    Warning,
)
from hotclub.core.checks.registry import Tags, register, run_checks, tag_exists

# Importing them registers them.
import hotclub.core.checks.async_checks  # isort:skip
import hotclub.core.checks.caches  # isort:skip
import hotclub.core.checks.commands  # isort:skip
import hotclub.core.checks.compatibility.django_4_0  # isort:skip
import hotclub.core.checks.database  # isort:skip
import hotclub.core.checks.files  # isort:skip
import hotclub.core.checks.mail  # isort:skip
import hotclub.core.checks.model_checks  # isort:skip
import hotclub.core.checks.security.base  # isort:skip
import hotclub.core.checks.security.csrf  # isort:skip
import hotclub.core.checks.security.sessions  # isort:skip
import hotclub.core.checks.templates  # isort:skip
import hotclub.core.checks.translation  # isort:skip  # noqa: F401

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "WARNING",
    "CheckMessage",
    "Critical",
    "Debug",
    "Error",
    "Info",
    "Tags",
    "Warning",
    "register",
    "run_checks",
    "tag_exists",
]
