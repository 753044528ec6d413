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
