"""Sitemaps: what a site tells search engines about its pages."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar, cast

from hotclub.apps import apps as installed
from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from hotclub.core.paginator import Paginator
from hotclub.utils import translation


class Sitemap:
    """A section of a site's map.

    A subclass gives `items`; `location`, `lastmod`, `changefreq` and `priority` are values, or methods of an item.
    """

    limit: ClassVar[int] = 50000
    """Most URLs of a page, as the protocol allows."""

    protocol: str | None = None
    i18n: bool = False
    languages: Iterable[str] | None = None
    alternates: bool = False
    x_default: bool = False

    def items(self) -> Any:
        """Return what the section lists."""
        return []

    def location(self, item: Any) -> str:
        """Return the absolute path of an item."""
        return item.get_absolute_url()  # type: ignore[no-any-return]  # documented model method

    def get_languages_for_item(self, item: Any) -> list[str]:
        """Return the codes of the languages in which an item is shown."""
        if self.languages is not None:
            return list(self.languages)
        return [code for code, _ in settings.LANGUAGES]

    @property
    def paginator(self) -> Paginator:
        """The items in pages; with `i18n`, pairs of item and language."""
        return Paginator(self._entries(), self.limit)

    def _entries(self) -> Any:
        if not self.i18n:
            return self.items()
        return [(item, code) for item in self.items() for code in self.get_languages_for_item(item)]

    def _value(self, name: str, item: Any, code: str | None = None) -> Any:
        """Return an attribute, called with the item (in a language) if it is a method."""
        value = getattr(self, name, None)
        if not callable(value):
            return value
        if code is None:
            return value(item)
        with translation.override(code):
            return value(item)

    def get_protocol(self, protocol: str | None = None) -> str:
        """Return the protocol of the URLs: the section's own, else that of the request."""
        return self.protocol or protocol or "https"

    def get_domain(self, site: Any = None) -> str:
        """Return the domain of the URLs.

        Raises:
            ImproperlyConfigured: no site is given, and there is no current one.
        """
        if site is None and installed.is_installed("hotclub.contrib.sites"):
            with suppress(ObjectDoesNotExist):
                site = installed.get_model("sites.Site")._default_manager.get_current()
        if site is None:
            raise ImproperlyConfigured(
                "To use sitemaps, either enable the sites framework or pass a Site/RequestSite object in your view."
            )
        return site.domain  # type: ignore[no-any-return]  # a Site or RequestSite

    def get_urls(self, page: Any = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        """Return what the template shows of a page of entries.

        Raises:
            EmptyPage: the page is out of range.
            PageNotAnInteger: it is no number.
        """
        root = f"{self.get_protocol(protocol)}://{self.get_domain(site)}"
        urls: list[dict[str, Any]] = []
        newest: Any = None
        all_dated = True
        for entry in self.paginator.page(page).object_list:
            item, code = entry if self.i18n else (entry, None)
            lastmod = self._value("lastmod", item, code)
            priority = self._value("priority", item, code)
            all_dated = all_dated and lastmod is not None
            if all_dated and (newest is None or lastmod > newest):
                newest = lastmod
            url = {
                "item": item,
                "location": root + self._value("location", item, code),
                "lastmod": lastmod,
                "changefreq": self._value("changefreq", item, code),
                "priority": "" if priority is None else str(priority),
                "alternates": self._alternates(root, item) if self.i18n and self.alternates else [],
            }
            urls.append(url)
        if all_dated and newest is not None:
            self.latest_lastmod = newest
        return urls

    def _alternates(self, root: str, item: Any) -> list[dict[str, str]]:
        codes = self.get_languages_for_item(item)
        links = [{"location": root + self._value("location", item, code), "lang_code": code} for code in codes]
        default = settings.LANGUAGE_CODE
        if self.x_default and default in codes:
            path = self._value("location", item, default)
            links.append({"location": root + path.replace(f"/{default}/", "/", 1), "lang_code": "x-default"})
        return links

    def get_latest_lastmod(self) -> Any:
        """Return the latest `lastmod` of the section; None if there is none, or not every item has one."""
        lastmod: Any = getattr(self, "lastmod", None)
        if not callable(lastmod):
            return lastmod
        try:
            return max((cast("Any", lastmod)(item) for item in self.items()), default=None)
        except TypeError:  # an item without
            return None


class GenericSitemap(Sitemap):
    """A section over a queryset.

    Args:
        info_dict: `queryset`, and optionally `date_field`, the name of the field for `lastmod`.
        priority: of every item.
        changefreq: of every item.
        protocol: of the URLs.
    """

    priority: Any = None
    changefreq: Any = None

    def __init__(
        self,
        info_dict: dict[str, Any],
        priority: Any = None,
        changefreq: Any = None,
        protocol: str | None = None,
    ) -> None:
        self.queryset = info_dict["queryset"]
        self.date_field = info_dict.get("date_field")
        self.priority = self.priority or priority
        self.changefreq = self.changefreq or changefreq
        self.protocol = self.protocol or protocol

    def items(self) -> Any:
        # A copy: the queryset lives as long as the process.
        return self.queryset.filter()

    def lastmod(self, item: Any) -> Any:
        """Return the value of the date field, if one is named."""
        return getattr(item, self.date_field) if self.date_field is not None else None

    def get_latest_lastmod(self) -> Any:
        if self.date_field is None:
            return None
        return self.queryset.order_by(f"-{self.date_field}").values_list(self.date_field, flat=True).first()
