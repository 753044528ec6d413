"""The two views: an index of sections, and a section."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import wraps
from typing import Any

from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.paginator import EmptyPage, PageNotAnInteger
from hotclub.http import Http404
from hotclub.template.response import TemplateResponse
from hotclub.urls import reverse
from hotclub.utils.http import http_date


@dataclass
class SitemapIndexItem:
    """A line of the index."""

    location: str
    last_mod: Any = None


def x_robots_tag(view: Callable[..., Any]) -> Callable[..., Any]:
    """Say that the sitemap itself is not to be indexed."""

    @wraps(view)
    def tagged(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, noodp, noarchive"
        return response

    return tagged


class _Newest:
    """The latest of some moments, unless one is missing."""

    def __init__(self) -> None:
        self.moment: datetime | None = None
        self.complete = True

    def add(self, value: Any) -> None:
        if value is None:
            self.complete = False
            return
        if not isinstance(value, datetime):
            value = datetime.combine(value, time.min) if isinstance(value, date) else value
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        if self.moment is None or value > self.moment:
            self.moment = value

    def headers(self) -> dict[str, str] | None:
        """Return the `Last-Modified` header, if there is a moment for all."""
        if not self.complete or self.moment is None:
            return None
        return {"Last-Modified": http_date(self.moment.timestamp())}


@x_robots_tag
def index(
    request: Any,
    sitemaps: dict[str, Any],
    template_name: str = "sitemap_index.xml",
    content_type: str = "application/xml",
    sitemap_url_name: str = "hotclub.contrib.sitemaps.views.sitemap",
) -> TemplateResponse:
    """List the pages of all sections.

    Args:
        request: the request.
        sitemaps: sections (classes or instances) by name.
        template_name: shows `sitemaps`, a list with `location` and `last_mod`.
        content_type: of the response.
        sitemap_url_name: name of the route of `sitemap`, which takes `section`.
    """
    domain = get_current_site(request).domain
    lines: list[SitemapIndexItem] = []
    newest = _Newest()
    for name, section in sitemaps.items():
        sitemap: Any = section() if callable(section) else section
        protocol = request.scheme if sitemap.protocol is None else sitemap.protocol
        location = f"{protocol}://{domain}{reverse(sitemap_url_name, kwargs={'section': name})}"
        lastmod = sitemap.get_latest_lastmod()
        newest.add(lastmod)
        lines.append(SitemapIndexItem(location, lastmod))
        lines += [
            SitemapIndexItem(f"{location}?p={page}", lastmod) for page in range(2, sitemap.paginator.num_pages + 1)
        ]
    return TemplateResponse(
        request, template_name, {"sitemaps": lines}, content_type=content_type, headers=newest.headers()
    )


@x_robots_tag
def sitemap(
    request: Any,
    sitemaps: dict[str, Any],
    section: str | None = None,
    template_name: str = "sitemap.xml",
    content_type: str = "application/xml",
) -> TemplateResponse:
    """List the URLs of one section, or of all.

    Args:
        request: the request; `p` in its query is the page.
        sitemaps: sections (classes or instances) by name.
        section: name of the section.
        template_name: shows `urlset`.
        content_type: of the response.

    Raises:
        Http404: there is no such section or page.
    """
    if section is not None and section not in sitemaps:
        raise Http404(f"No sitemap available for section: {section!r}")
    page = request.GET.get("p", 1)
    site = get_current_site(request)
    urls: list[dict[str, Any]] = []
    newest = _Newest()
    for chosen in sitemaps.values() if section is None else [sitemaps[section]]:
        current: Any = chosen() if callable(chosen) else chosen
        try:
            urls += current.get_urls(page=page, site=site, protocol=request.scheme)
        except EmptyPage:
            raise Http404(f"Page {page} empty")
        except PageNotAnInteger:
            raise Http404(f"No page '{page}'")
        newest.add(getattr(current, "latest_lastmod", None))
    return TemplateResponse(
        request, template_name, {"urlset": urls}, content_type=content_type, headers=newest.headers()
    )
