"""The default error views: 400, 403, 404, 500. They work without any template of the project."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hotclub.http import HttpResponseBadRequest, HttpResponseForbidden, HttpResponseNotFound, HttpResponseServerError
from hotclub.template import Context, Engine, TemplateDoesNotExist, loader
from hotclub.views.decorators.csrf import requires_csrf_token

ERROR_404_TEMPLATE_NAME = "404.html"
ERROR_403_TEMPLATE_NAME = "403.html"
ERROR_400_TEMPLATE_NAME = "400.html"
ERROR_500_TEMPLATE_NAME = "500.html"
ERROR_PAGE_TEMPLATE = """
<!doctype html>
<html lang="en">
<head>
  <title>%(title)s</title>
</head>
<body>
  <h1>%(title)s</h1><p>%(details)s</p>
</body>
</html>
"""


@requires_csrf_token  # type: ignore[untyped-decorator]
def page_not_found(request: Any, exception: Exception, template_name: str = ERROR_404_TEMPLATE_NAME) -> Any:
    """Answer 404 with `404.html`, or a plain page.

    The context has `request_path` (quoted) and `exception`: the message of the Http404, or the name of its class.

    Source: docs ref/views, "The 404 (page not found) view".
    """
    representation = type(exception).__name__
    # The exception is shown only if it carries a text meant to be shown.
    try:
        message = exception.args[0]
    except (AttributeError, IndexError):
        pass
    else:
        if isinstance(message, str):
            representation = message
    context = {"request_path": quote(request.path), "exception": representation}
    try:
        template = loader.get_template(template_name)
        body = template.render(context, request)
    except TemplateDoesNotExist:
        if template_name != ERROR_404_TEMPLATE_NAME:
            # A template that was asked for has to be there.
            raise
        # The path is untrusted: it goes through the autoescaping of a template.
        inline = Engine().from_string(
            ERROR_PAGE_TEMPLATE
            % {"title": "Not Found", "details": "The requested resource was not found on this server."}
        )
        body = inline.render(Context(context))
    return HttpResponseNotFound(body)


@requires_csrf_token  # type: ignore[untyped-decorator]
def server_error(request: Any, template_name: str = ERROR_500_TEMPLATE_NAME) -> Any:
    """Answer 500 with `500.html`, rendered without context, or a plain page.

    Source: docs ref/views, "The 500 (server error) view".
    """
    try:
        template = loader.get_template(template_name)
    except TemplateDoesNotExist:
        if template_name != ERROR_500_TEMPLATE_NAME:
            raise
        return HttpResponseServerError(ERROR_PAGE_TEMPLATE % {"title": "Server Error (500)", "details": ""})
    return HttpResponseServerError(template.render())


@requires_csrf_token  # type: ignore[untyped-decorator]
def bad_request(request: Any, exception: Exception, template_name: str = ERROR_400_TEMPLATE_NAME) -> Any:
    """Answer 400 with `400.html`, or a plain page. The exception stays out of it: it may hold what an attacker sent.

    Source: docs ref/views, "The 400 (bad request) view".
    """
    try:
        template = loader.get_template(template_name)
    except TemplateDoesNotExist:
        if template_name != ERROR_400_TEMPLATE_NAME:
            raise
        return HttpResponseBadRequest(ERROR_PAGE_TEMPLATE % {"title": "Bad Request (400)", "details": ""})
    return HttpResponseBadRequest(template.render(request=request))


@requires_csrf_token  # type: ignore[untyped-decorator]
def permission_denied(request: Any, exception: Exception, template_name: str = ERROR_403_TEMPLATE_NAME) -> Any:
    """Answer 403 with `403.html` (the context has `exception`, the message), or a plain page.

    Source: docs ref/views, "The 403 (HTTP Forbidden) view".
    """
    try:
        template = loader.get_template(template_name)
    except TemplateDoesNotExist:
        if template_name != ERROR_403_TEMPLATE_NAME:
            raise
        return HttpResponseForbidden(ERROR_PAGE_TEMPLATE % {"title": "403 Forbidden", "details": ""})
    return HttpResponseForbidden(template.render(request=request, context={"exception": str(exception)}))
