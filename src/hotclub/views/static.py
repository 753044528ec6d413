"""Files from a directory, while developing. Not for production: nothing here is made for speed."""

from __future__ import annotations

import mimetypes
import posixpath
import stat
from pathlib import Path
from typing import Any

from hotclub.http import FileResponse, Http404, HttpResponse, HttpResponseNotModified
from hotclub.template import Context, Engine, TemplateDoesNotExist, loader
from hotclub.utils._os import safe_join
from hotclub.utils.http import http_date, parse_http_date
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import gettext_lazy


def builtin_template_path(name: str) -> Path:
    """Give the path of a built-in template; it is read directly, without the project's template engines."""
    return Path(__file__).parent / "templates" / name


def serve(request: Any, path: str, document_root: Any = None, show_indexes: bool = False) -> Any:
    """Give a file below `document_root`.

    Args:
        path: below the root; it cannot lead out of it.
        document_root: directory.
        show_indexes: list directories, with `static/directory_index.html` if the project has it.

    Raises:
        Http404: there is no such file.

    Source: docs ref/views, "Serving files in development".
    """
    path = posixpath.normpath(path).lstrip("/")
    full_path = Path(safe_join(document_root, path))
    try:
        found = full_path.stat()
    except (OSError, ValueError) as error:
        # Also a name that is too long for the file system, or holds a NUL.
        raise Http404(_("“%(path)s” does not exist") % {"path": full_path}) from error
    if stat.S_ISDIR(found.st_mode):
        if show_indexes:
            return directory_index(path, full_path)
        raise Http404(_("Directory indexes are not allowed here."))
    modified = found.st_mtime
    if not was_modified_since(request.META.get("HTTP_IF_MODIFIED_SINCE"), modified):
        return HttpResponseNotModified()
    content_type, encoding = mimetypes.guess_type(str(full_path))
    response = FileResponse(full_path.open("rb"), content_type=content_type or "application/octet-stream")
    response.headers["Last-Modified"] = http_date(modified)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


# Translators see these in the template below.
template_translatable = gettext_lazy("Index of %(directory)s")


def directory_index(path: str, fullpath: Path) -> HttpResponse:
    """List a directory; hidden files are left out."""
    try:
        template: Any = loader.select_template(["static/directory_index.html", "static/directory_index"])
        context: Any = {}
    except TemplateDoesNotExist:
        with builtin_template_path("directory_index.html").open(encoding="utf-8") as source:
            template = Engine(libraries={"i18n": "hotclub.templatetags.i18n"}).from_string(source.read())
        context = Context()
    files = []
    for entry in sorted(fullpath.iterdir()):
        if not entry.name.startswith("."):
            files.append(entry.name + "/" if entry.is_dir() else entry.name)
    context.update({"directory": path + "/", "file_list": files})
    return HttpResponse(template.render(context))


def was_modified_since(header: str | None = None, mtime: float = 0) -> bool:
    """Whether something has changed since the moment in an If-Modified-Since header."""
    try:
        if header is None:
            raise ValueError
        return int(mtime) > parse_http_date(header)
    except (ValueError, OverflowError):
        return True
