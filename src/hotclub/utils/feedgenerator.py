"""Syndication feeds: RSS 0.91, RSS 2.0.1 and Atom 1.0, written as XML.

A feed is filled (`add_item`) and then written; a subclass adds elements in the documented hooks.
This module knows neither requests nor models.
"""

from __future__ import annotations

import datetime
import mimetypes
from collections.abc import Iterable, Iterator, Sequence
from email.utils import format_datetime
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

from hotclub.utils.encoding import iri_to_uri
from hotclub.utils.html import escape
from hotclub.utils.xmlutils import SimplerXMLGenerator

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"


def _moment(date: datetime.date) -> datetime.datetime:
    if isinstance(date, datetime.datetime):
        return date
    return datetime.datetime.combine(date, datetime.time())


def rfc2822_date(date: datetime.date) -> str:
    """Return a moment as mail headers have it; a naive one gets the zone `-0000`, which says that it is unknown."""
    return format_datetime(_moment(date))


def rfc3339_date(date: datetime.date) -> str:
    """Return a moment as Atom has it; a naive one is taken to be UTC."""
    moment = _moment(date)
    return moment.isoformat() + ("Z" if moment.utcoffset() is None else "")


def get_tag_uri(url: str, date: datetime.date | None) -> str:
    """Return a `tag:` URI for a page.

    Source: RFC 4151.
    """
    parts = urlsplit(url)
    day = f",{date:%Y-%m-%d}" if date is not None else ""
    return f"tag:{parts.hostname}{day}:{parts.path}/{parts.fragment}"


def _text(value: Any) -> Any:
    return None if value is None else str(value)


class Stylesheet:
    """A stylesheet for readers of a feed.

    Args:
        url: where it is; may be lazy.
        mimetype: its type, guessed from the URL if it is not given; None to say nothing.
        media: the media it is for; None to say nothing.
    """

    def __init__(self, url: Any, mimetype: str | None = "", media: str | None = "screen") -> None:
        self._url = url
        self._mimetype = mimetype
        self.media = media

    @property
    def url(self) -> str:
        """The address, escaped for use in URLs."""
        return str(iri_to_uri(self._url))

    @property
    def mimetype(self) -> str | None:
        """The type given or guessed."""
        if self._mimetype != "":
            return self._mimetype
        # Platforms differ in what they call XSLT; browsers want this.
        if self.url.endswith((".xsl", ".xslt")):
            return "text/xsl"
        return mimetypes.guess_type(self.url)[0]

    def __str__(self) -> str:
        attributes = {"href": self.url, "media": self.media, "type": self.mimetype}
        return " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items() if value is not None)

    def __repr__(self) -> str:
        return repr((self.url, self.mimetype, self.media))


class Enclosure:
    """A file that belongs to an item.

    Args:
        url: where it is.
        length: bytes.
        mime_type: its type.
    """

    def __init__(self, url: str, length: Any, mime_type: str) -> None:
        self.url = str(iri_to_uri(url))
        self.length = length
        self.mime_type = mime_type


class SyndicationFeed:
    """What all formats share: the data of a feed, and the hooks by which subclasses write it.

    Args:
        title: of the feed.
        link: page the feed belongs to.
        description: of the feed.
        language: code.
        author_email: of the feed's author.
        author_name: of the feed's author.
        author_link: of the feed's author.
        subtitle: of the feed.
        categories: names.
        feed_url: where the feed itself is.
        feed_copyright: notice.
        feed_guid: unique name; the link, if None.
        ttl: minutes for which a copy may be kept.
        stylesheets: a list of addresses or `Stylesheet` objects.
        **kwargs: kept in `feed` for subclasses.

    Raises:
        TypeError: `stylesheets` is a single one.
    """

    content_type = "text/xml; charset=utf-8"

    def __init__(
        self,
        title: Any,
        link: Any,
        description: Any,
        language: Any = None,
        author_email: Any = None,
        author_name: Any = None,
        author_link: Any = None,
        subtitle: Any = None,
        categories: Iterable[Any] | None = None,
        feed_url: Any = None,
        feed_copyright: Any = None,
        feed_guid: Any = None,
        ttl: Any = None,
        stylesheets: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if stylesheets is not None:
            if isinstance(stylesheets, (Stylesheet, str)):
                raise TypeError(f"stylesheets should be a list, not {stylesheets.__class__}")
            stylesheets = [sheet if isinstance(sheet, Stylesheet) else Stylesheet(sheet) for sheet in stylesheets]
        self.feed: dict[str, Any] = {
            "title": _text(title),
            "link": iri_to_uri(link),
            "description": _text(description),
            "language": _text(language),
            "author_email": _text(author_email),
            "author_name": _text(author_name),
            "author_link": iri_to_uri(author_link),
            "subtitle": _text(subtitle),
            "categories": [str(category) for category in categories or ()],
            "feed_url": iri_to_uri(feed_url),
            "feed_copyright": _text(feed_copyright),
            "id": feed_guid or link,
            "ttl": _text(ttl),
            "stylesheets": stylesheets,
            **kwargs,
        }
        self.items: list[dict[str, Any]] = []

    def add_item(
        self,
        title: Any,
        link: Any,
        description: Any,
        author_email: Any = None,
        author_name: Any = None,
        author_link: Any = None,
        pubdate: datetime.datetime | None = None,
        comments: Any = None,
        unique_id: Any = None,
        unique_id_is_permalink: bool | None = None,
        categories: Iterable[Any] = (),
        item_copyright: Any = None,
        ttl: Any = None,
        updateddate: datetime.datetime | None = None,
        enclosures: Sequence[Enclosure] | None = None,
        **kwargs: Any,
    ) -> None:
        """Add an item; all values but the dates and enclosures become text."""
        self.items.append(
            {
                "title": _text(title),
                "link": iri_to_uri(link),
                "description": _text(description),
                "author_email": _text(author_email),
                "author_name": _text(author_name),
                "author_link": iri_to_uri(author_link),
                "pubdate": pubdate,
                "updateddate": updateddate,
                "comments": _text(comments),
                "unique_id": _text(unique_id),
                "unique_id_is_permalink": unique_id_is_permalink,
                "enclosures": enclosures or (),
                "categories": tuple(str(category) for category in categories or ()),
                "item_copyright": _text(item_copyright),
                "ttl": _text(ttl),
                **kwargs,
            }
        )

    def num_items(self) -> int:
        """Return how many items there are."""
        return len(self.items)

    def root_attributes(self) -> dict[str, Any]:
        """Return attributes for the root element; a hook."""
        return {}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        """Write elements of the feed; a hook."""

    def add_stylesheets(self, handler: SimplerXMLGenerator) -> None:
        """Write processing instructions before the root element; a hook."""

    def item_attributes(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return attributes for an item's element; a hook."""
        return {}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Write elements of an item; a hook."""

    def write(self, outfile: Any, encoding: str) -> None:
        """Write the feed to a file-like object."""
        raise NotImplementedError("subclasses of SyndicationFeed must provide a write() method")

    def writeString(self, encoding: str) -> str:
        """Return the feed as text."""
        buffer = StringIO()
        self.write(buffer, encoding)
        return buffer.getvalue()

    def latest_post_date(self) -> datetime.datetime:
        """Return the latest date of the items; now, if no item has one."""
        dates = (item[name] for item in self.items for name in ("updateddate", "pubdate") if item.get(name))
        return max(dates, default=None) or datetime.datetime.now(tz=datetime.UTC)


def _elements(handler: SimplerXMLGenerator, pairs: Iterable[tuple[str, Any]]) -> None:
    """Write an element for each pair whose value is not None."""
    for name, value in pairs:
        if value is not None:
            handler.addQuickElement(name, value)


class RssFeed(SyndicationFeed):
    """What the RSS formats share."""

    content_type = "application/rss+xml; charset=utf-8"
    _version = ""

    def write(self, outfile: Any, encoding: str) -> None:
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        self.add_stylesheets(handler)
        handler.startElement("rss", self.rss_attributes())
        handler.startElement("channel", self.root_attributes())
        self.add_root_elements(handler)
        for item in self.items:
            handler.startElement("item", self.item_attributes(item))
            self.add_item_elements(handler, item)
            handler.endElement("item")
        handler.endElement("channel")
        handler.endElement("rss")

    def rss_attributes(self) -> dict[str, str]:
        """Return the attributes of the outermost element."""
        return {"version": self._version, "xmlns:atom": ATOM_NAMESPACE}

    def add_stylesheets(self, handler: SimplerXMLGenerator) -> None:
        for stylesheet in self.feed["stylesheets"] or ():
            handler.processingInstruction("xml-stylesheet", str(stylesheet))

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        feed = self.feed
        for name in ("title", "link", "description"):
            handler.addQuickElement(name, feed[name])
        if feed["feed_url"] is not None:
            handler.addQuickElement("atom:link", None, {"rel": "self", "href": feed["feed_url"]})
        _elements(handler, [("language", feed["language"])])
        _elements(handler, (("category", category) for category in feed["categories"]))
        _elements(
            handler,
            [
                ("copyright", feed["feed_copyright"]),
                ("lastBuildDate", rfc2822_date(self.latest_post_date())),
                ("ttl", feed["ttl"]),
            ],
        )


class RssUserland091Feed(RssFeed):
    """RSS 0.91: title, link and description of items."""

    _version = "0.91"

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        handler.addQuickElement("title", item["title"])
        handler.addQuickElement("link", item["link"])
        _elements(handler, [("description", item["description"])])


class Rss201rev2Feed(RssFeed):
    """RSS 2.0.1: also author, dates, comments, categories and one enclosure.

    Source: https://www.rssboard.org/rss-specification
    """

    _version = "2.0"

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        handler.addQuickElement("title", item["title"])
        handler.addQuickElement("link", item["link"])
        _elements(handler, [("description", item["description"])])
        name, email = item["author_name"], item["author_email"]
        if email:
            handler.addQuickElement("author", f"{email} ({name})" if name else email)
        elif name:
            # RSS wants an address in <author>; Dublin Core takes a name.
            handler.addQuickElement("dc:creator", name, {"xmlns:dc": "http://purl.org/dc/elements/1.1/"})
        if item["pubdate"] is not None:
            handler.addQuickElement("pubDate", rfc2822_date(item["pubdate"]))
        _elements(handler, [("comments", item["comments"])])
        if item["unique_id"] is not None:
            permalink = item.get("unique_id_is_permalink")
            attributes = {"isPermaLink": str(permalink).lower()} if isinstance(permalink, bool) else {}
            handler.addQuickElement("guid", item["unique_id"], attributes)
        _elements(handler, [("ttl", item["ttl"])])
        self._add_enclosure(handler, item["enclosures"])
        _elements(handler, (("category", category) for category in item["categories"]))

    @staticmethod
    def _add_enclosure(handler: SimplerXMLGenerator, enclosures: Sequence[Enclosure]) -> None:
        if len(enclosures) > 1:
            raise ValueError(
                "RSS feed items may only have one enclosure, see "
                "http://www.rssboard.org/rss-profile#element-channel-item-enclosure"
            )
        for enclosure in enclosures:
            handler.addQuickElement(
                "enclosure",
                "",
                {"url": enclosure.url, "length": str(enclosure.length), "type": enclosure.mime_type},
            )


class Atom1Feed(SyndicationFeed):
    """Atom 1.0.

    Source: RFC 4287.
    """

    content_type = "application/atom+xml; charset=utf-8"
    ns = ATOM_NAMESPACE

    def write(self, outfile: Any, encoding: str) -> None:
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        handler.startElement("feed", self.root_attributes())
        self.add_root_elements(handler)
        for item in self.items:
            handler.startElement("entry", self.item_attributes(item))
            self.add_item_elements(handler, item)
            handler.endElement("entry")
        handler.endElement("feed")

    def root_attributes(self) -> dict[str, Any]:
        language = self.feed["language"]
        return {"xmlns": self.ns, "xml:lang": language} if language is not None else {"xmlns": self.ns}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        feed = self.feed
        handler.addQuickElement("title", feed["title"])
        handler.addQuickElement("link", "", {"rel": "alternate", "href": feed["link"]})
        if feed["feed_url"] is not None:
            handler.addQuickElement("link", "", {"rel": "self", "href": feed["feed_url"]})
        handler.addQuickElement("id", feed["id"])
        handler.addQuickElement("updated", rfc3339_date(self.latest_post_date()))
        self._add_author(handler, feed)
        _elements(handler, [("subtitle", feed["subtitle"])])
        self._add_categories(handler, feed["categories"])
        _elements(handler, [("rights", feed["feed_copyright"])])

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        handler.addQuickElement("title", item["title"])
        handler.addQuickElement("link", "", {"href": item["link"], "rel": "alternate"})
        for name, date in (("published", item["pubdate"]), ("updated", item["updateddate"])):
            if date is not None:
                handler.addQuickElement(name, rfc3339_date(date))
        self._add_author(handler, item)
        handler.addQuickElement("id", item["unique_id"] or get_tag_uri(item["link"], item["pubdate"]))
        if item["description"] is not None:
            handler.addQuickElement("summary", item["description"], {"type": "html"})
        for enclosure in item["enclosures"]:
            handler.addQuickElement(
                "link",
                "",
                {
                    "rel": "enclosure",
                    "href": enclosure.url,
                    "length": str(enclosure.length),
                    "type": enclosure.mime_type,
                },
            )
        self._add_categories(handler, item["categories"])
        _elements(handler, [("rights", item["item_copyright"])])

    @staticmethod
    def _add_author(handler: SimplerXMLGenerator, data: dict[str, Any]) -> None:
        if data["author_name"] is not None:
            handler.startElement("author", {})
            _elements(handler, zip(("name", "email", "uri"), _author(data), strict=True))
            handler.endElement("author")

    @staticmethod
    def _add_categories(handler: SimplerXMLGenerator, categories: Iterable[str]) -> None:
        for category in categories:
            handler.addQuickElement("category", "", {"term": category})


def _author(data: dict[str, Any]) -> Iterator[Any]:
    yield data["author_name"]
    yield data["author_email"] or None
    yield data["author_link"] or None


DefaultFeed = Rss201rev2Feed
