"""Logging: the default configuration, its filters, handlers and formatters."""

from __future__ import annotations

import logging
import logging.config  # the handlers below are named in a dictConfig
import warnings
from collections.abc import Callable
from copy import copy
from importlib import import_module
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.deprecation import RemovedInDjango2028Warning
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string
from hotclub.utils.termcolors import color_style

request_logger = logging.getLogger("hotclub.request")

# Goes to the terminal in debug mode, and by mail to the ADMINS else.
DEFAULT_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "require_debug_false": {"()": "hotclub.utils.log.RequireDebugFalse"},
        "require_debug_true": {"()": "hotclub.utils.log.RequireDebugTrue"},
    },
    "formatters": {
        "hotclub.server": {
            "()": "hotclub.utils.log.ServerFormatter",
            "format": "[{server_time}] {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {"level": "INFO", "filters": ["require_debug_true"], "class": "logging.StreamHandler"},
        "hotclub.server": {"level": "INFO", "class": "logging.StreamHandler", "formatter": "hotclub.server"},
        "mail_admins": {
            "level": "ERROR",
            "filters": ["require_debug_false"],
            "class": "hotclub.utils.log.AdminEmailHandler",
        },
    },
    "loggers": {
        "hotclub": {"handlers": ["console", "mail_admins"], "level": "INFO"},
        "hotclub.server": {"handlers": ["hotclub.server"], "level": "INFO", "propagate": False},
    },
}


def configure_logging(logging_config: str | None, logging_settings: dict[str, Any]) -> None:
    """Configure logging with the defaults, and then with the project's.

    Args:
        logging_config: dotted path of the function that takes the project's configuration; None to do nothing.
        logging_settings: the configuration (`LOGGING`).
    """
    if not logging_config:
        return
    function = import_string(logging_config)
    _forget_loggers()
    logging.config.dictConfig(DEFAULT_LOGGING)
    if logging_settings:
        if isinstance(logging_settings, dict):  # a function of the project's own may take anything
            _configured.extend(logging_settings.get("loggers", ()))
        function(logging_settings)


_configured: list[str] = []
"""Names of the loggers that the project's last configuration named."""


def _forget_loggers() -> None:
    """Take back what an earlier configuration set and the next one need not name."""
    while _configured:
        logger = logging.getLogger(_configured.pop())
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
        for handler in list(logger.handlers):
            logger.removeHandler(handler)


def _check_email_backend(using: str | None) -> None:
    """Warn of the deprecated `email_backend`, and refuse it where it contradicts something."""
    if using is not None:
        raise ImproperlyConfigured("The 'email_backend' argument is not compatible with 'using'.")
    if hasattr(settings, "MAILERS"):
        raise ImproperlyConfigured("The 'email_backend' argument is not valid when settings.MAILERS is defined.")
    warnings.warn(
        "The 'email_backend' argument is deprecated. Use 'using' instead.", RemovedInDjango2028Warning, stacklevel=3
    )


class AdminEmailHandler(logging.Handler):
    """Sends each record to the ADMINS, with a report of the request and the error if there is one.

    Args:
        include_html: attach the report as a page. It may hold private data.
        email_backend: dotted path of the mail backend to use (deprecated: `using`).
        reporter_class: dotted path of the reporter; `DEFAULT_EXCEPTION_REPORTER`, if None.
        using: alias of the mailer to use.
    """

    def __init__(
        self,
        include_html: bool = False,
        email_backend: str | None = None,
        reporter_class: str | None = None,
        using: str | None = None,
    ) -> None:
        super().__init__()
        if email_backend is not None:
            _check_email_backend(using)
        if hasattr(self, "connection"):
            raise AttributeError("The undocumented AdminEmailHandler.connection() method is no longer used.")
        self.include_html = include_html
        self.email_backend = email_backend
        self.using = using
        self._reporter_path = reporter_class

    @cached_property
    def reporter_class(self) -> Any:
        """Class of the report; found when the first one is made, as logging is configured before all else."""
        return import_string(self._reporter_path or settings.DEFAULT_EXCEPTION_REPORTER)

    def emit(self, record: logging.LogRecord) -> None:
        # Nobody to write to: the report, which is costly, is not made.
        if not settings.ADMINS and type(self).send_mail == AdminEmailHandler.send_mail:
            return
        request = getattr(record, "request", None)
        subject = self._subject(record, request)
        # The formatter must not write the traceback: the report has it.
        without_trace = copy(record)
        without_trace.exc_info = None
        without_trace.exc_text = None
        exc_info = record.exc_info or (None, record.getMessage(), None)
        reporter = self.reporter_class(request, *exc_info, is_email=True)
        message = f"{self.format(without_trace)}\n\n{reporter.get_traceback_text()}"
        html_message = reporter.get_traceback_html() if self.include_html else None
        self.send_mail(subject, message, fail_silently=True, html_message=html_message)

    def _subject(self, record: logging.LogRecord, request: Any) -> str:
        if request is None:
            return self.format_subject(f"{record.levelname}: {record.getMessage()}")
        inside = request.META.get("REMOTE_ADDR") in settings.INTERNAL_IPS
        where = "internal" if inside else "EXTERNAL"
        return self.format_subject(f"{record.levelname} ({where} IP): {record.getMessage()}")

    def send_mail(self, subject: str, message: str, *args: Any, **kwargs: Any) -> None:
        """Send the report; override to deliver it in another way.

        Args:
            subject: of the message.
            message: text.
            *args, **kwargs: for `mail_admins`. With `fail_silently` an error is passed over: reporting one error must not
                raise another.
        """
        fail_silently = kwargs.pop("fail_silently", False)
        mail: Any = import_module("hotclub.core.mail")  # a layer above: found when there is something to send
        try:
            if self.email_backend:
                backend = import_string(self.email_backend)
                kwargs["connection"] = backend(fail_silently=fail_silently)
            elif self.using is not None:
                kwargs["using"] = self.using
            elif fail_silently and not hasattr(settings, "MAILERS"):
                kwargs["fail_silently"] = True
            mail.mail_admins(subject, message, *args, **kwargs)
        except Exception:  # whatever goes wrong on the way, see above
            if not fail_silently:
                raise

    def format_subject(self, subject: str) -> str:
        """Return the subject on one line."""
        return subject.replace("\n", "\\n").replace("\r", "\\r")


class CallbackFilter(logging.Filter):
    """Lets a record pass if a function says so."""

    def __init__(self, callback: Callable[[logging.LogRecord], Any]) -> None:
        super().__init__()
        self.callback = callback

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(self.callback(record))


class RequireDebugFalse(logging.Filter):
    """Lets records pass unless `DEBUG` is on."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not settings.DEBUG


class RequireDebugTrue(logging.Filter):
    """Lets records pass if `DEBUG` is on."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(settings.DEBUG)


class ServerFormatter(logging.Formatter):
    """Lines of the development server, coloured by the status of the response."""

    default_time_format = "%d/%b/%Y %H:%M:%S"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.style = color_style()
        super().__init__(*args, **kwargs)

    def format(self, record: logging.LogRecord) -> str:
        message = record.msg
        status = getattr(record, "status_code", None)
        if status:
            message = self._paint(status)(message)
        if self.uses_server_time() and not hasattr(record, "server_time"):
            record.server_time = self.formatTime(record, self.datefmt)
        record.msg = message
        return super().format(record)

    def _paint(self, status: int) -> Callable[[str], str]:
        if 200 <= status < 300:
            role = "HTTP_SUCCESS"
        elif 100 <= status < 200:
            role = "HTTP_INFO"
        elif status == 304:
            role = "HTTP_NOT_MODIFIED"
        elif 300 <= status < 400:
            role = "HTTP_REDIRECT"
        elif status == 404:
            role = "HTTP_NOT_FOUND"
        elif 400 <= status < 500:
            role = "HTTP_BAD_REQUEST"
        else:
            role = "HTTP_SERVER_ERROR"
        paint: Callable[[str], str] = getattr(self.style, role)
        return paint

    def uses_server_time(self) -> bool:
        """Say whether the format shows the time."""
        return self._fmt is not None and self._fmt.find("{server_time}") >= 0


def log_message(
    logger: logging.Logger,
    message: str,
    *args: Any,
    level: str | None = None,
    status_code: int | None = None,
    request: Any = None,
    exception: BaseException | None = None,
    **extra: Any,
) -> None:
    """Log a message about a request, with control characters escaped: what a stranger sends must not forge lines."""
    if level is None and status_code is not None:
        level = "error" if status_code >= 500 else "warning" if status_code >= 400 else "info"
    escaped = tuple(arg.encode("unicode_escape").decode("ascii") if isinstance(arg, str) else arg for arg in args)
    getattr(logger, level or "info")(
        message, *escaped, extra={"status_code": status_code, "request": request, **extra}, exc_info=exception
    )


def log_response(
    message: str,
    *args: Any,
    response: Any = None,
    request: Any = None,
    logger: logging.Logger = request_logger,
    level: str | None = None,
    exception: BaseException | None = None,
) -> None:
    """Log a response by its status: errors from 500 on, warnings from 400 on. Once per response."""
    if getattr(response, "_has_been_logged", False):
        return
    log_message(
        logger,
        message,
        *args,
        level=level,
        status_code=response.status_code,
        request=request,
        exception=exception,
    )
    response._has_been_logged = True
