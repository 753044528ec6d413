"""A feed as a view."""

from __future__ import annotations

import inspect
from typing import Any

from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from hotclub.http import Http404, HttpResponse
from hotclub.template import TemplateDoesNotExist, loader
from hotclub.utils import feedgenerator
from hotclub.utils.encoding import iri_to_uri
from hotclub.utils.html import escape
from hotclub.utils.http import http_date
from hotclub.utils.timezone import get_default_timezone, is_naive, make_aware
from hotclub.utils.translation import get_language


def add_domain(domain: str, url: Any, secure: bool = False) -> str:
    """Return an absolute URL for a path; an absolute one is left as it is.

    Args:
        domain: of the site.
        url: path, or URL.
        secure: whether the request came by HTTPS.
    """
    protocol = "https" if secure else "http"
    text = str(url)
    if text.startswith("//"):
        return f"{protocol}:{text}"
    if text.startswith(("http://", "https://", "mailto:")):
        return text
    return str(iri_to_uri(f"{protocol}://{domain}{text}"))


class FeedDoesNotExist(ObjectDoesNotExist):
    """There is no such feed."""


class Feed:
    """A view that answers with a feed.

    Each documented name (`title`, `items`, `item_link` …) is an attribute or a method; methods of the feed take the
    object that `get_object` returned, if they have a parameter for it, methods of items take the item.
    """

    feed_type: Any = feedgenerator.DefaultFeed
    title_template: str | None = None
    description_template: str | None = None
    language: Any = None

    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            obj = self.get_object(request, *args, **kwargs)
        except ObjectDoesNotExist as error:
            raise Http404("Feed object does not exist.") from error
        feed = self.get_feed(obj, request)
        response = HttpResponse(content_type=feed.content_type)
        if hasattr(self, "item_pubdate") or hasattr(self, "item_updateddate"):
            response.headers["Last-Modified"] = http_date(feed.latest_post_date().timestamp())
        feed.write(response, "utf-8")
        return response

    def get_object(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what the feed is about, from the URL's arguments; None for a feed about everything."""
        return None

    def items(self, obj: Any = None) -> Any:
        """Return the items."""
        return []

    def item_title(self, item: Any) -> str:
        """Return the title of an item; titles hold HTML."""
        return escape(str(item))

    def item_description(self, item: Any) -> Any:
        """Return the description of an item."""
        return str(item)

    def item_link(self, item: Any) -> str:
        """Return the URL of an item.

        Raises:
            ImproperlyConfigured: it has no `get_absolute_url()`.
        """
        try:
            return item.get_absolute_url()  # type: ignore[no-any-return]  # documented model method
        except AttributeError as error:
            raise ImproperlyConfigured(
                f"Give your {item.__class__.__name__} class a get_absolute_url() method, or define an item_link() "
                "method in your Feed class."
            ) from error

    def item_enclosures(self, item: Any) -> list[feedgenerator.Enclosure]:
        """Return the files of an item."""
        url = self._value("item_enclosure_url", item)
        if not url:
            return []
        return [
            feedgenerator.Enclosure(
                url=str(url),
                length=str(self._value("item_enclosure_length", item)),
                mime_type=str(self._value("item_enclosure_mime_type", item)),
            )
        ]

    def feed_extra_kwargs(self, obj: Any) -> dict[str, Any]:
        """Return further arguments for the feed's generator."""
        return {}

    def item_extra_kwargs(self, item: Any) -> dict[str, Any]:
        """Return further arguments for `add_item`."""
        return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context for the templates of titles and descriptions."""
        return {"obj": kwargs.get("item"), "site": kwargs.get("site")}

    def _value(self, name: str, subject: Any, default: Any = None) -> Any:
        """Return an attribute; a method is called with the subject if it has a parameter for it."""
        attribute = getattr(self, name, default)
        if not callable(attribute):
            return attribute
        return attribute(subject) if _wants_subject(attribute, name) else attribute()

    def get_feed(self, obj: Any, request: Any) -> feedgenerator.SyndicationFeed:
        """Return the filled generator for an object.

        Raises:
            Http404: the feed class does not exist for the object.
        """
        site = get_current_site(request)
        secure = request.is_secure()
        link = add_domain(site.domain, self._value("link", obj), secure)
        feed = self.feed_type(
            title=self._value("title", obj),
            subtitle=self._value("subtitle", obj),
            link=link,
            description=self._value("description", obj),
            language=self.language or get_language(),
            feed_url=add_domain(site.domain, self._value("feed_url", obj) or request.path, secure),
            author_name=self._value("author_name", obj),
            author_link=self._value("author_link", obj),
            author_email=self._value("author_email", obj),
            categories=self._value("categories", obj),
            feed_copyright=self._value("feed_copyright", obj),
            feed_guid=self._value("feed_guid", obj),
            ttl=self._value("ttl", obj),
            stylesheets=self._value("stylesheets", obj),
            **self.feed_extra_kwargs(obj),
        )
        title_template = _template(self.title_template)
        description_template = _template(self.description_template)
        for item in self._value("items", obj):
            context = self.get_context_data(item=item, site=site, obj=obj, request=request)
            self._add(feed, item, request, site.domain, secure, context, title_template, description_template)
        return feed  # type: ignore[no-any-return]  # made by feed_type

    def _add(
        self,
        feed: Any,
        item: Any,
        request: Any,
        domain: str,
        secure: bool,
        context: dict[str, Any],
        title_template: Any,
        description_template: Any,
    ) -> None:
        if title_template is not None:
            title = title_template.render(context, request)
        else:
            title = self._value("item_title", item)
        if description_template is not None:
            description = description_template.render(context, request)
        else:
            description = self._value("item_description", item)
        link = add_domain(domain, self._value("item_link", item), secure)
        author_name = self._value("item_author_name", item)
        named = author_name is not None
        feed.add_item(
            title=title,
            link=link,
            description=description,
            unique_id=self._value("item_guid", item, link),
            unique_id_is_permalink=self._value("item_guid_is_permalink", item),
            enclosures=self._value("item_enclosures", item),
            pubdate=_aware(self._value("item_pubdate", item)),
            updateddate=_aware(self._value("item_updateddate", item)),
            author_name=author_name,
            author_email=self._value("item_author_email", item) if named else None,
            author_link=self._value("item_author_link", item) if named else None,
            comments=self._value("item_comments", item),
            categories=self._value("item_categories", item),
            item_copyright=self._value("item_copyright", item),
            **self.item_extra_kwargs(item),
        )


def _aware(moment: Any) -> Any:
    """Give a naive moment the default time zone."""
    return make_aware(moment, get_default_timezone()) if moment and is_naive(moment) else moment


def _template(name: str | None) -> Any:
    if name is None:
        return None
    try:
        return loader.get_template(name)
    except TemplateDoesNotExist:
        return None


def _wants_subject(function: Any, name: str) -> bool:
    """Whether a method takes the feed's object or the item.

    Raises:
        ImproperlyConfigured: it is hidden by a decorator that does not say what it decorates.
    """
    if not (inspect.isfunction(function) or inspect.ismethod(function)):
        function = function.__call__  # an object with a __call__
    code = inspect.unwrap(function).__code__
    # Bound methods and wrapped ones count `self`; a static method or plain function does not.
    count = code.co_argcount - (1 if inspect.ismethod(function) else 0)
    if code.co_argcount == 0 and code.co_flags & inspect.CO_VARARGS and function.__name__ != name:
        raise ImproperlyConfigured(
            f"Feed method {name!r} decorated by {function.__name__!r} needs to use @functools.wraps."
        )
    return bool(count == 1)
