"""The tag that keeps rendered parts in the cache."""

from __future__ import annotations

from typing import Any

from hotclub._template.errors import TemplateSyntaxError, VariableDoesNotExist
from hotclub._template.expression import FilterExpression
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, NodeList
from hotclub.core.cache import InvalidCacheBackendError, caches
from hotclub.core.cache.utils import make_template_fragment_key

register = Library()


class CacheNode(AnnotatedNode):
    """Renders its body once per key and time."""

    def __init__(
        self,
        nodelist: NodeList,
        expire_time_var: FilterExpression,
        fragment_name: str,
        vary_on: list[FilterExpression],
        cache_name: FilterExpression | None,
    ) -> None:
        self.nodelist = nodelist
        self.expire_time_var = expire_time_var
        self.fragment_name = fragment_name
        self.vary_on = vary_on
        self.cache_name = cache_name

    def render(self, context: Any) -> Any:
        seconds = self._seconds(context)
        cache = self._cache(context)
        key = make_template_fragment_key(self.fragment_name, [vary.resolve(context) for vary in self.vary_on])
        text = cache.get(key)
        if text is None:
            text = self.nodelist.render(context)
            cache.set(key, text, seconds)
        return text

    def _seconds(self, context: Any) -> int | None:
        try:
            seconds = self.expire_time_var.resolve(context)
        except VariableDoesNotExist:
            raise TemplateSyntaxError(f'"cache" tag got an unknown variable: {self.expire_time_var.var!r}')
        if seconds is None:
            return None
        try:
            return int(seconds)
        except (ValueError, TypeError):
            raise TemplateSyntaxError(f'"cache" tag got a non-integer timeout value: {seconds!r}')

    def _cache(self, context: Any) -> Any:
        if self.cache_name is None:
            try:
                return caches["template_fragments"]
            except InvalidCacheBackendError:
                return caches["default"]
        try:
            name = self.cache_name.resolve(context)
        except VariableDoesNotExist:
            raise TemplateSyntaxError(f'"cache" tag got an unknown variable: {self.cache_name.var!r}')
        try:
            return caches[name]
        except InvalidCacheBackendError:
            raise TemplateSyntaxError(f"Invalid cache name specified for cache tag: {name!r}")


@register.tag("cache")
def cache_tag(parser: Any, token: Any) -> CacheNode:
    """Keep a part in the cache: `{% cache 500 name vary1 vary2 using="alias" %}…{% endcache %}`."""
    nodelist = parser.parse(("endcache",))
    parser.delete_first_token()
    words = token.split_contents()
    if len(words) < 3:
        raise TemplateSyntaxError(f"'{words[0]!r}' tag requires at least 2 arguments.")
    cache_name = None
    if len(words) > 3 and words[-1].startswith("using="):
        cache_name = parser.compile_filter(words.pop()[len("using=") :])
    return CacheNode(
        nodelist,
        parser.compile_filter(words[1]),
        words[2],
        [parser.compile_filter(word) for word in words[3:]],
        cache_name,
    )
