"""Error reports: the pages shown while developing, and the mails sent in production.

The pages are templates of our own, read directly, so that they appear whatever is wrong with the project's templates.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
import types
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotclub._template.nodes import NOTE
from hotclub.conf import settings
from hotclub.http import Http404, HttpResponse, HttpResponseNotFound
from hotclub.template import Context, Engine, TemplateDoesNotExist
from hotclub.template.defaultfilters import pprint
from hotclub.urls import resolve
from hotclub.utils import timezone
from hotclub.utils.encoding import force_str
from hotclub.utils.module_loading import import_string
from hotclub.utils.version import get_docs_version, get_version
from hotclub.views.report_filter import (
    CallableSettingWrapper,
    SafeExceptionReporterFilter,
    get_default_exception_reporter_filter,
    get_exception_reporter_filter,
)

__all__ = [
    "CallableSettingWrapper",
    "ExceptionCycleWarning",
    "ExceptionReporter",
    "SafeExceptionReporterFilter",
    "default_urlconf",
    "get_default_exception_reporter_filter",
    "get_exception_reporter_class",
    "get_exception_reporter_filter",
    "technical_404_response",
    "technical_500_response",
]

MAX_SHOWN_VALUE = 4096
SOURCE_LINES_AROUND = 7
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")

# The engine of the built-in pages: no project settings, no loaders.
DEBUG_ENGINE = Engine(debug=True, libraries={"i18n": "hotclub.templatetags.i18n"})


def builtin_template_path(name: str) -> Path:
    """Give the path of a built-in template; it is read directly, without the project's template engines."""
    return Path(__file__).parent / "templates" / name


def _render(path: Path, context: dict[str, Any], *, escape: bool = True) -> str:
    with path.open(encoding="utf-8") as source:
        template = DEBUG_ENGINE.from_string(source.read())
    return template.render(Context(context, autoescape=escape, use_l10n=False))


class ExceptionCycleWarning(UserWarning):
    """An exception is its own cause, by way of others."""


def get_exception_reporter_class(request: Any) -> Any:
    """Give the reporter class of a request: its own, or that of `DEFAULT_EXCEPTION_REPORTER`."""
    default = import_string(settings.DEFAULT_EXCEPTION_REPORTER)
    return getattr(request, "exception_reporter_class", default)


def technical_500_response(request: Any, exc_type: Any, exc_value: Any, tb: Any, status_code: int = 500) -> Any:
    """Give the debug page; as plain text, if the client does not want HTML."""
    reporter = get_exception_reporter_class(request)(request, exc_type, exc_value, tb)
    preferred = request.get_preferred_type(["text/html", "text/plain"])
    if preferred == "text/html":
        return _own_page(HttpResponse(reporter.get_traceback_html(), status=status_code, content_type="text/html"))
    text = reporter.get_traceback_text()
    return _own_page(HttpResponse(text, status=status_code, content_type="text/plain; charset=utf-8"))


def _own_page(response: HttpResponse) -> HttpResponse:
    """Keep the project's Content Security Policy off a page that brings its own styles."""
    response._csp_config = {}  # type: ignore[attr-defined]  # read by the middleware
    response._csp_ro_config = {}  # type: ignore[attr-defined]
    return response


def query_timeline(recorded: list[tuple[str, str, float]]) -> dict[str, Any]:
    """Lay statements end to end: the share of each in the time they took together, and how often each was run.

    Args:
        recorded: alias, SQL with its parameters, and seconds, in their order.
    """
    total = sum(seconds for _, _, seconds in recorded)
    times = Counter((alias, sql) for alias, sql, _ in recorded)
    rows = []
    passed = 0.0
    for alias, sql, seconds in recorded:
        rows.append(
            {
                "alias": alias,
                "sql": sql,
                "milliseconds": f"{seconds * 1000:.1f}",
                "before": f"{passed / total * 100 if total else 0:.1f}",
                "share": f"{seconds / total * 100 if total else 0:.1f}",
                "times": times[alias, sql],
            }
        )
        passed += seconds
    return {
        "rows": rows,
        "milliseconds": f"{total * 1000:.1f}",
        "repeated": sum(count for count in times.values() if count > 1),
    }


class ExceptionReporter:
    """Collects what can be said about an exception, and shows it.

    Args:
        request: in which it was raised; may be None.
        exc_type, exc_value, tb: of the exception; may be None.
        is_email: leave out what only helps at a screen.

    Source: docs howto/error-reporting, "Custom error reports".
    """

    def __init__(self, request: Any, exc_type: Any, exc_value: Any, tb: Any, is_email: bool = False) -> None:
        self.request = request
        self.filter = get_exception_reporter_filter(self.request)
        self.exc_type = exc_type
        self.exc_value = exc_value
        self.tb = tb
        self.is_email = is_email
        self.template_info = getattr(self.exc_value, "template_debug", None)
        self.template_does_not_exist = False
        self.postmortem: Any = None

    @property
    def html_template_path(self) -> Path:
        """The template of the HTML report."""
        return builtin_template_path("technical_500.html")

    @property
    def text_template_path(self) -> Path:
        """The template of the plain report."""
        return builtin_template_path("technical_500.txt")

    def get_traceback_html(self) -> str:
        """Give the report as HTML."""
        return _render(self.html_template_path, self.get_traceback_data())

    def get_traceback_text(self) -> str:
        """Give the report as plain text."""
        return _render(self.text_template_path, self.get_traceback_data(), escape=False)

    def _get_raw_insecure_uri(self) -> str:
        """Give the absolute URI, even if the host is not allowed: it is only shown."""
        request = self.request
        return f"{request.scheme}://{request._claimed_host()}{request.get_full_path()}"

    def get_traceback_data(self) -> dict[str, Any]:
        """Give the context of the templates."""
        if self.exc_type and issubclass(self.exc_type, TemplateDoesNotExist):
            self.template_does_not_exist = True
            self.postmortem = self.exc_value.chain or [self.exc_value]
        frames = self.get_traceback_frames()
        for frame in frames:
            if "vars" in frame:
                frame["vars"] = [(name, self._shown(value)) for name, value in frame["vars"]]
        data: dict[str, Any] = {
            "is_email": self.is_email,
            "unicode_hint": self._unicode_hint(),
            "frames": frames,
            "request": self.request,
            "request_meta": self.filter.get_safe_request_meta(self.request),
            "request_COOKIES_items": self.filter.get_safe_cookies(self.request).items(),
            "user_str": self._user(),
            "filtered_POST_items": list(self.filter.get_post_parameters(self.request).items()),
            "settings": self.filter.get_safe_settings(),
            "sys_executable": sys.executable,
            "sys_version_info": ".".join(map(str, sys.version_info[:3])),
            "server_time": timezone.now(),
            "django_version_info": get_version(),
            "sys_path": sys.path,
            "template_info": self.template_info,
            "template_does_not_exist": self.template_does_not_exist,
            "postmortem": self.postmortem,
            "queries": self._queries(),
        }
        if self.request is not None:
            data["request_GET_items"] = self.request.GET.items()
            data["request_FILES_items"] = self.request.FILES.items()
            data["request_insecure_uri"] = self._get_raw_insecure_uri()
            data["raising_view_name"] = get_caller(self.request)
        if self.exc_type:
            data["exception_type"] = self.exc_type.__name__
        if self.exc_value:
            data["exception_value"] = getattr(self.exc_value, "raw_error_message", self.exc_value)
            # The page shows the place in a template by itself.
            if notes := [note for note in getattr(self.exc_value, "__notes__", ()) if not str(note).startswith(NOTE)]:
                data["exception_notes"] = "\n" + "\n".join(map(str, notes))
        if frames:
            data["lastframe"] = frames[-1]
        return data

    @staticmethod
    def _queries() -> dict[str, Any]:
        """Give the queries of this request as a timeline, if they were recorded."""
        connections = import_string("hotclub.db.connections")
        try:
            recorded = [
                (connection.alias, query["sql"], float(query["time"]))
                for connection in connections.all(initialized_only=True)
                for query in connection.queries
            ]
        except Exception:  # a broken database must not break its own report
            recorded = []
        return query_timeline(recorded)

    def _shown(self, value: Any) -> str:
        text = pprint(value)
        if len(text) > MAX_SHOWN_VALUE:
            return f"{text[:MAX_SHOWN_VALUE]}… <trimmed {len(text)} bytes string>"
        return str(text)

    def _unicode_hint(self) -> str:
        if not (self.exc_type and issubclass(self.exc_type, UnicodeError)):
            return ""
        start = getattr(self.exc_value, "start", None)
        end = getattr(self.exc_value, "end", None)
        if start is None or end is None:
            return ""
        text = self.exc_value.args[1]
        return force_str(text[max(start - 5, 0) : min(end + 5, len(text))], "ascii", errors="replace")  # type: ignore[no-any-return]

    def _user(self) -> str | None:
        try:
            return None if self.request is None else str(self.request.user)
        except Exception:  # the user may come from the very database that fails
            return "[unable to retrieve the current user]"

    # Frames

    def _cause_of(self, exc_value: Any) -> Any:
        explicit = getattr(exc_value, "__cause__", None)
        suppressed = getattr(exc_value, "__suppress_context__", None)
        implicit = getattr(exc_value, "__context__", None)
        return explicit or (None if suppressed else implicit)

    def get_traceback_frames(self) -> list[dict[str, Any]]:
        """Give the frames of the exception and of its causes, the oldest first."""
        chain: list[Any] = []
        current = self.exc_value
        # A report may be made of a message alone, which stands in the place of an exception.
        while current:
            chain.append(current)
            current = self._cause_of(current)
            if any(current is seen for seen in chain):
                warnings.warn(
                    f"Cycle in the exception chain detected: exception '{current}' encountered again.",
                    ExceptionCycleWarning,
                    stacklevel=2,
                )
                break
        if not chain:
            return []
        frames: list[dict[str, Any]] = []
        for index, exception in enumerate(reversed(chain)):
            # The given traceback is the whole one only for the exception itself.
            last = index == len(chain) - 1
            frames += self.get_exception_traceback_frames(
                exception, self.tb if last else getattr(exception, "__traceback__", None)
            )
        return frames

    def get_exception_traceback_frames(self, exc_value: Any, tb: Any) -> Iterator[dict[str, Any]]:
        """Give the frames of one exception; one without traceback gives a placeholder."""
        cause = self._cause_of(exc_value)
        explicit = getattr(exc_value, "__cause__", None)
        if tb is None:
            yield {"exc_cause": cause, "exc_cause_explicit": explicit, "tb": None, "type": "user"}
        while tb is not None:
            # Frames that say so are left out.
            if tb.tb_frame.f_locals.get("__traceback_hide__"):
                tb = tb.tb_next
                continue
            code = tb.tb_frame.f_code
            filename, function = code.co_filename, code.co_name
            lineno = tb.tb_lineno - 1
            module_name = tb.tb_frame.f_globals.get("__name__") or ""
            before_no, before, line, after = self._get_lines_from_file(
                filename,
                lineno,
                SOURCE_LINES_AROUND,
                tb.tb_frame.f_globals.get("__loader__"),
                module_name,
            )
            if before_no is None:
                before_no, before, line, after = lineno, [], "<source code not available>", []
            yield {
                "exc_cause": cause,
                "exc_cause_explicit": explicit,
                "tb": tb,
                "type": "django" if module_name.startswith(("hotclub.", "django.")) else "user",
                "filename": filename,
                "function": function,
                "lineno": lineno + 1,
                "vars": self.filter.get_traceback_frame_variables(self.request, tb.tb_frame),
                "id": id(tb),
                "pre_context": before,
                "context_line": line,
                "post_context": after,
                "pre_context_lineno": before_no + 1,
                "colno": "".join(_error_marks(tb, line)),
                "tb_area_colno": "".join(_error_marks(tb, line, stripped=True)),
            }
            tb = tb.tb_next

    def _get_source(self, filename: str, loader: Any, module_name: str) -> list[Any] | None:
        source: Any = None
        if hasattr(loader, "get_source"):
            try:
                text = loader.get_source(module_name)
            except ImportError:
                text = None
            if text is not None:
                source = text.splitlines()
        if source is None:
            try:
                with open(filename, "rb") as file:
                    source = file.read().splitlines()
            except OSError:
                pass
        return source  # type: ignore[no-any-return]

    def _get_lines_from_file(
        self, filename: str, lineno: int, context_lines: int, loader: Any = None, module_name: Any = None
    ) -> tuple[Any, list[str], Any, list[str]]:
        """Give the number of the first line before, the lines before, the line itself, and those after."""
        source = self._get_source(filename, loader, module_name)
        if source is None:
            return None, [], None, []
        # Bytes come from the file itself, in the encoding that its first lines declare.
        if source and isinstance(source[0], bytes):
            encoding = "ascii"
            for line in source[:2]:
                match = _CODING.search(line)
                if match:
                    encoding = match[1].decode("ascii")
                    break
            source = [str(line, encoding, "replace") for line in source]
        first = max(0, lineno - context_lines)
        try:
            return first, source[first:lineno], source[lineno], source[lineno + 1 : lineno + context_lines]
        except IndexError:
            return None, [], None, []


def _error_marks(tb: Any, line: Any, *, stripped: bool = False) -> Iterator[str]:
    """Give the line that marks the failing part of a source line with carets, as the interpreter does."""
    if not isinstance(line, str):
        return
    code = tb.tb_frame.f_code
    if tb.tb_lasti < 0 or not hasattr(code, "co_positions"):
        return
    position = next(itertools.islice(code.co_positions(), tb.tb_lasti // 2, None), None)
    if position is None:
        return
    start_line, end_line, start, end = position
    if start_line is None or start is None or end is None or start_line != tb.tb_lineno:
        return
    if start_line != end_line:
        end = len(line.rstrip())
    indent = len(line) - len(line.lstrip()) if stripped else 0
    # Columns are counted in UTF-8 bytes.
    start = len(line.encode()[:start].decode(errors="replace"))
    end = len(line.encode()[:end].decode(errors="replace"))
    yield " " * (start - indent) + "^" * (end - start)


def get_caller(request: Any) -> str:
    """Give the dotted path of the view of a request; empty if none was found."""
    resolver_match = request.resolver_match
    if resolver_match is None:
        with contextlib.suppress(Http404):
            resolver_match = resolve(request.path)
    return "" if resolver_match is None else resolver_match._func_path


def technical_404_response(request: Any, exception: Any) -> Any:
    """Give the debug page for a path that was not found, with the patterns that were tried."""
    try:
        error_url = exception.args[0]["path"]
    except (IndexError, TypeError, KeyError):
        error_url = request.path_info[1:]
    resolved = True
    tried: Any = []
    try:
        tried = exception.args[0]["tried"]
    except (IndexError, TypeError, KeyError):
        tried = request.resolver_match.tried if request.resolver_match else None
    else:
        resolved = False
        if not tried or (
            # A new project, which has the admin and nothing else.
            request.path_info in ("", "/")
            and len(tried) == 1
            and len(tried[0]) == 1
            and getattr(tried[0][0], "app_name", "") == getattr(tried[0][0], "namespace", "") == "admin"
        ):
            return default_urlconf(request)
    urlconf = getattr(request, "urlconf", settings.ROOT_URLCONF)
    if isinstance(urlconf, types.ModuleType):
        urlconf = urlconf.__name__
    text = _render(
        builtin_template_path("technical_404.html"),
        {
            "urlconf": urlconf,
            "root_urlconf": settings.ROOT_URLCONF,
            "request_path": error_url,
            "urlpatterns": tried,
            "resolved": resolved,
            "reason": str(exception),
            "request": request,
            "settings": get_default_exception_reporter_filter().get_safe_settings(),
            "raising_view_name": get_caller(request),
        },
    )
    return _own_page(HttpResponseNotFound(text))


def default_urlconf(request: Any) -> HttpResponse:
    """Give the welcome page of a project without URLs."""
    return _own_page(
        HttpResponse(_render(builtin_template_path("default_urlconf.html"), {"version": get_docs_version()}))
    )
