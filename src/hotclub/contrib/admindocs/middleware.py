"""Names the view of a page to staff, for the bookmarklet that leads to its documentation."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.admindocs.utils import get_view_name
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.http import HttpResponse
from hotclub.utils.deprecation import MiddlewareMixin


class XViewMiddleware(MiddlewareMixin):
    """Adds the header `X-View` to HEAD responses for active staff and for internal addresses."""

    def process_view(self, request: Any, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        """Answer a HEAD request with the name of its view.

        Raises:
            ImproperlyConfigured: the authentication middleware is missing.
        """
        if not hasattr(request, "user"):
            raise ImproperlyConfigured(
                "The XView middleware requires authentication middleware to be installed. Edit your MIDDLEWARE setting "
                "to insert 'hotclub.contrib.auth.middleware.AuthenticationMiddleware'."
            )
        if request.method == "HEAD" and request.user.is_active and request.user.is_staff:
            response = HttpResponse()
            response.headers["X-View"] = get_view_name(view_func)
            return response
        return None
