"""Shows a flat page."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.contrib.auth.views import redirect_to_login
from hotclub.contrib.flatpages.models import FlatPage
from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from hotclub.shortcuts import get_object_or_404
from hotclub.template import loader
from hotclub.utils.safestring import mark_safe
from hotclub.views.decorators.csrf import csrf_protect

DEFAULT_TEMPLATE = "flatpages/default.html"


def flatpage(request: Any, url: str) -> Any:
    """Show the page of a URL.

    The template is the page's own, else `flatpages/default.html`; it sees the page as `flatpage`.

    Args:
        request: the request.
        url: URL of the page; with `APPEND_SLASH`, one without its slash redirects.

    Raises:
        Http404: the current site has no such page.
    """
    if not url.startswith("/"):
        url = f"/{url}"
    site_id = get_current_site(request).id
    try:
        page = get_object_or_404(FlatPage, url=url, sites=site_id)
    except Http404:
        if url.endswith("/") or not settings.APPEND_SLASH:
            raise
        get_object_or_404(FlatPage, url=f"{url}/", sites=site_id)
        return HttpResponsePermanentRedirect(f"{request.path}/")
    return render_flatpage(request, page)


@csrf_protect  # type: ignore[untyped-decorator,unused-ignore]
def render_flatpage(request: Any, page: Any) -> Any:
    """Render a page, after a login if it asks for one.

    It is a function of its own because the middleware calls `flatpage` without protection against forged requests.
    """
    if page.registration_required and not request.user.is_authenticated:
        return redirect_to_login(request.path)
    names = [page.template_name, DEFAULT_TEMPLATE] if page.template_name else [DEFAULT_TEMPLATE]
    template = loader.select_template(names)
    # Editors write HTML in both.
    page.title = mark_safe(page.title)
    page.content = mark_safe(page.content)
    return HttpResponse(template.render({"flatpage": page}, request))
