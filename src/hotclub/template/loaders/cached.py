"""Keeps templates of other loaders, parsed and compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist
from hotclub._template.template import Origin
from hotclub.template.backends.django import like_error
from hotclub.template.loaders.base import Loader as BaseLoader

MOST_TEMPLATES = 10_000
"""Names that may be kept, those of missing templates included: names can come from outside."""


class Loader(BaseLoader):
    """Asks other loaders once per name.

    Args:
        engine: the engine it works for.
        loaders: the other loaders, as in the engine's `loaders`.
    """

    def __init__(self, engine: Any, loaders: Iterable[Any]) -> None:
        self.get_template_cache: dict[str, Any] = {}
        self.loaders = engine.get_template_loaders(loaders)
        super().__init__(engine)

    def get_dirs(self) -> Iterator[Any]:
        for loader in self.loaders:
            yield from getattr(loader, "get_dirs", tuple)()

    def get_contents(self, origin: Origin) -> str:
        return origin.loader.get_contents(origin)  # type: ignore[no-any-return]  # a loader

    def get_template(self, template_name: Any, skip: Any = None) -> Any:
        """See `Loader.get_template`.

        A missing template is remembered too: as the class outside debug mode, which holds no references, in debug
        mode as an instance that says what was tried.
        """
        key = self.cache_key(template_name, skip)
        cached = self.get_template_cache.get(key)
        if cached is not None:
            if isinstance(cached, type) and issubclass(cached, TemplateDoesNotExist):
                raise cached(template_name)
            if isinstance(cached, TemplateDoesNotExist):
                raise like_error(cached)
            return cached
        try:
            template = super().get_template(template_name, skip)
        except TemplateDoesNotExist as error:
            self._keep(key, like_error(error) if self.engine.debug else TemplateDoesNotExist)
            raise
        self._keep(key, template)
        return template

    def _keep(self, key: str, value: Any) -> None:
        cache = self.get_template_cache
        if len(cache) >= MOST_TEMPLATES:
            cache.pop(next(iter(cache)), None)
        cache[key] = value

    def get_template_sources(self, template_name: Any) -> Iterator[Origin]:
        for loader in self.loaders:
            yield from loader.get_template_sources(template_name)

    def cache_key(self, template_name: Any, skip: Any = None) -> str:
        """Return the key for a name, which differs by the origins of that name that are passed over."""
        name = str(template_name)
        passed = [origin.name for origin in skip or () if origin.template_name == template_name]
        return f"{name}-{self._digest(passed)}" if passed else name

    def _digest(self, values: Iterable[Any]) -> str:
        """Return a short text for some origin names."""
        return hashlib.sha1("|".join(map(str, values)).encode(), usedforsecurity=False).hexdigest()

    def reset(self) -> None:
        """Forget all templates."""
        self.get_template_cache.clear()
