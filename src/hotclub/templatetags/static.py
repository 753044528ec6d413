"""Tags for the URLs of static and uploaded files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import quote, urljoin

from hotclub._template.emitter import Emitter
from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.expression import FilterExpression
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, CompiledNode
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.utils.encoding import iri_to_uri
from hotclub.utils.html import conditional_escape
from hotclub.utils.module_loading import import_string

register = Library()


class PrefixNode(AnnotatedNode):
    """Shows a setting that is a URL prefix."""

    child_nodelists = ()

    def __init__(self, varname: str | None = None, name: str | None = None) -> None:
        if name is None:
            raise TemplateSyntaxError("Prefix nodes must be given a name to return.")
        self.varname = varname
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} for {self.name!r}>"

    @classmethod
    def handle_token(cls, parser: Any, token: Any, name: str) -> Self:
        """Make the node for a tag."""
        words = token.contents.split()
        if len(words) > 1 and words[1] != "as":
            raise TemplateSyntaxError(f"First argument in '{words[0]}' must be 'as'")
        if len(words) == 2:
            raise TemplateSyntaxError(f"'{words[0]}' needs a name after 'as'")
        return cls(words[2] if len(words) > 1 else None, name)

    @classmethod
    def handle_simple(cls, name: str) -> str:
        """Return the setting."""
        value = getattr(settings, name, None)
        return "" if value is None else str(iri_to_uri(value))

    def render(self, context: Any) -> Any:
        prefix = self.handle_simple(self.name)
        if self.varname is None:
            return prefix
        context[self.varname] = prefix
        return ""


@register.tag
def get_static_prefix(parser: Any, token: Any) -> PrefixNode:
    """Show `STATIC_URL`: `{% get_static_prefix as name %}`."""
    return PrefixNode.handle_token(parser, token, "STATIC_URL")


@register.tag
def get_media_prefix(parser: Any, token: Any) -> PrefixNode:
    """Show `MEDIA_URL`: `{% get_media_prefix as name %}`."""
    return PrefixNode.handle_token(parser, token, "MEDIA_URL")


class StaticNode(CompiledNode):
    """Shows the URL of a static file."""

    child_nodelists = ()

    def __init__(self, varname: str | None = None, path: Any = None) -> None:
        if path is None:
            raise TemplateSyntaxError("Static template nodes must be given a path to return.")
        self.path = path
        self.varname = varname
        self.sees_context = varname is not None or type(self).url is not StaticNode.url

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(varname={self.varname!r}, path={self.path!r})"

    def expressions(self) -> Iterable[FilterExpression]:
        return (self.path,)

    def url(self, context: Any) -> str:
        """Return the URL; a subclass may compute it in another way."""
        return self.handle_simple(self.path.resolve(context))

    def render(self, context: Any) -> Any:
        url = self.url(context)
        if context.autoescape:
            url = conditional_escape(url)
        if self.varname is None:
            return url
        context[self.varname] = url
        return ""

    def emit(self, out: Emitter) -> None:
        if type(self).url is StaticNode.url:
            url = out.assign(f"{out.constant(self.handle_simple)}({out.value(self.path)})")
        else:
            url = out.assign(f"{out.constant(self.url)}(context)")
        if out.autoescape:
            out.line(f"{url} = escape_text({url}) if type({url}) is str else {out.constant(conditional_escape)}({url})")
        if self.varname is None:
            out.piece(url)
        else:
            out.line(f"context[{self.varname!r}] = {url}")

    @classmethod
    def handle_simple(cls, path: str) -> str:
        """Return the URL of a static file: from the storage of the staticfiles application, if that is installed."""
        if apps.is_installed("hotclub.contrib.staticfiles"):
            storage = import_string("hotclub.contrib.staticfiles.storage.staticfiles_storage")
            return storage.url(path)  # type: ignore[no-any-return]  # storages give text
        return urljoin(PrefixNode.handle_simple("STATIC_URL"), quote(path))

    @classmethod
    def handle_token(cls, parser: Any, token: Any) -> Self:
        """Make the node for a tag."""
        bits = token.split_contents()
        if len(bits) < 2:
            raise TemplateSyntaxError(f"'{bits[0]}' takes at least one argument (path to file)")
        path = parser.compile_filter(bits[1])
        return cls(bits[3] if len(bits) > 3 else None, path)


@register.tag("static")
def static_tag(parser: Any, token: Any) -> StaticNode:
    """Show the URL of a static file: `{% static "app/style.css" as name %}`."""
    return StaticNode.handle_token(parser, token)


def static(path: str) -> str:
    """Return the URL of a static file."""
    return StaticNode.handle_simple(path)
