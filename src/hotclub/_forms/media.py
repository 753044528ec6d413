"""Stylesheets and scripts that forms and widgets need, merged in a stable order.

Merging keeps the relative order of every list: a graph of "comes before" is emptied layer by layer, and inside a layer
the first seen goes first. Contradicting lists give a warning and fall back to the order of appearance.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hotclub._forms.attributes import flatatt
from hotclub._forms.environment import environment
from hotclub.utils.html import html_safe
from hotclub.utils.safestring import SafeString, mark_safe

MEDIA_TYPES = ("css", "js")


class MediaOrderConflictWarning(RuntimeWarning):
    """Two lists of media ask for opposite orders."""

    __module__ = "hotclub.forms.widgets"


def media_property(cls: type) -> property:
    """Return the `media` property of a class with an inner `Media`."""

    def _media(self: Any) -> Media:
        base = getattr(super(cls, self), "media", None)
        inherited = base if isinstance(base, Media) else Media()
        definition = getattr(cls, "Media", None)
        if not definition:
            return inherited
        extend = getattr(definition, "extend", True)
        if not extend:
            return Media(definition)
        if extend is True:
            return inherited + Media(definition)
        kept = Media()
        for medium in extend:
            kept += inherited[medium]
        return kept + Media(definition)

    return property(_media)


class MediaDefiningClass(type):
    """Metaclass that gives a class the `media` its inner `Media` describes."""

    __module__ = "hotclub.forms.widgets"

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> MediaDefiningClass:
        made = super().__new__(mcs, name, bases, attrs, **kwargs)
        if "media" not in attrs:
            made.media = media_property(made)  # type: ignore[attr-defined]  # this is what the metaclass adds
        return made


@html_safe
class MediaAsset:
    """A path with HTML attributes; compares equal to a string of the same path if it has no attributes.

    Args:
        path: relative to the static files, or absolute.
        **attributes: HTML attributes of the element.
    """

    __module__ = "hotclub.forms.widgets"

    element_template = "{path}"

    def __init__(self, path: str, **attributes: Any) -> None:
        self._path = path
        self.attributes = attributes

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MediaAsset) and self.__class__ is other.__class__:
            return self._path == other._path and self.attributes == other.attributes
        return isinstance(other, str) and self._path == other and not self.attributes

    def __hash__(self) -> int:
        if not self.attributes:
            # Equal to the plain path, so of the same hash.
            return hash(self._path)
        return hash((self._path, *sorted(f"{name}={value}" for name, value in self.attributes.items())))

    def __str__(self) -> str:
        return self.render()

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({self._path!r})"

    @property
    def path(self) -> str:
        """The URL: an absolute path as it is, a relative one below the static files."""
        if self._path.startswith(("http://", "https://", "/")):
            return self._path
        return environment.asset_url(self._path)

    def render(self, *, attrs: Mapping[str, Any] | None = None) -> SafeString:
        """Return the element.

        Args:
            attrs: further attributes, such as a nonce.

        Raises:
            ValueError: an attribute is already set.
        """
        if attrs and (conflicts := sorted(set(attrs) & set(self.attributes))):
            raise ValueError(f"{type(self).__qualname__} has conflicting attributes: {', '.join(conflicts)}")
        return self._element({**self.attributes, **(attrs or {})})

    def _element(self, attributes: dict[str, Any]) -> SafeString:
        from_template = self.element_template.format(path=_escaped(self.path), attributes=flatatt(attributes))
        return mark_safe(from_template)


def _escaped(path: str) -> str:
    return path if hasattr(path, "__html__") else flatatt({"p": path})[4:-1]


class Script(MediaAsset):
    """A `<script src=…>` element."""

    __module__ = "hotclub.forms.widgets"

    element_template = '<script src="{path}"{attributes}></script>'

    def __init__(self, src: str, **attributes: Any) -> None:
        super().__init__(src, **attributes)


class Stylesheet(MediaAsset):
    """A `<link rel="stylesheet">` element."""

    __module__ = "hotclub.forms.widgets"

    element_template = '<link href="{path}"{attributes}>'

    def __init__(self, href: str, **attributes: Any) -> None:
        super().__init__(href, **attributes)

    def _element(self, attributes: dict[str, Any]) -> SafeString:
        return super()._element({**attributes, "rel": "stylesheet"})


def _as_scripts(paths: Iterable[Any]) -> list[Any]:
    return [path if hasattr(path, "__html__") else Script(path) for path in paths]


def _as_stylesheets(medium: str, paths: Iterable[Any]) -> list[Any]:
    return [path if hasattr(path, "__html__") else _MediumStylesheet(path, medium) for path in paths]


class _MediumStylesheet(Stylesheet):
    """A stylesheet given as a plain path under a medium; it still compares equal to that path."""

    __module__ = "hotclub.forms.widgets"
    __qualname__ = "Stylesheet"

    def __init__(self, path: str, medium: str) -> None:
        super().__init__(path, media=medium)

    __hash__ = MediaAsset.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Stylesheet):
            return self._path == other._path and self.attributes == other.attributes
        return isinstance(other, str) and self._path == other


@html_safe
class Media:
    """Stylesheets by medium and scripts.

    Args:
        media: class (or object) with attributes `css` and `js`; instead of the other two.
        css: lists of paths or assets by medium.
        js: paths or assets.
    """

    __module__ = "hotclub.forms.widgets"

    def __init__(
        self, media: Any = None, css: Mapping[str, Sequence[Any]] | None = None, js: Sequence[Any] | None = None
    ) -> None:
        if media is not None:
            css = getattr(media, "css", {})
            js = getattr(media, "js", [])
        self._css_lists: list[dict[str, list[Any]]] = []
        self._js_lists: list[list[Any]] = []
        if css:
            self._css_lists.append({medium: _as_stylesheets(medium, paths) for medium, paths in css.items()})
        if js:
            self._js_lists.append(_as_scripts(js))

    def __repr__(self) -> str:
        return f"Media(css={self._css!r}, js={self._js!r})"

    def __str__(self) -> str:
        return self.render()

    @property
    def _css(self) -> dict[str, list[Any]]:
        by_medium: dict[str, list[list[Any]]] = {}
        for css in self._css_lists:
            for medium, paths in css.items():
                by_medium.setdefault(medium, []).append(paths)
        return {medium: self.merge(*lists) for medium, lists in by_medium.items()}

    @property
    def _js(self) -> list[Any]:
        return self.merge(*self._js_lists)

    def render(self, *, attrs: Mapping[str, Any] | None = None) -> SafeString:
        """Return all elements, stylesheets first.

        Args:
            attrs: attributes added to each element, such as a nonce.
        """
        return mark_safe("\n".join([*self.render_css(attrs=attrs), *self.render_js(attrs=attrs)]))

    def render_js(self, *, attrs: Mapping[str, Any] | None = None) -> list[str]:
        """Return the script elements."""
        return [_render_asset(asset, attrs) for asset in self._js]

    def render_css(self, *, attrs: Mapping[str, Any] | None = None) -> list[str]:
        """Return the stylesheet elements, by medium in alphabetical order."""
        css = self._css
        return [_render_asset(asset, attrs) for medium in sorted(css) for asset in css[medium]]

    def absolute_path(self, path: str) -> str:
        """Return the URL of a path: absolute ones as they are, relative ones below the static files."""
        return MediaAsset(path).path

    def __getitem__(self, name: str) -> Media:
        """Return the media of one type, `css` or `js`."""
        if name not in MEDIA_TYPES:
            raise KeyError(f'Unknown media type "{name}"')
        part = Media()
        setattr(part, f"_{name}_lists", list(getattr(self, f"_{name}_lists")))
        return part

    @staticmethod
    def merge(*lists: Any) -> list[Any]:
        """Merge lists, keeping the relative order of each as far as they agree.

        Args:
            *lists: lists of hashable values; None counts as empty.

        Returns:
            Each value once. If lists contradict each other a `MediaOrderConflictWarning` is given and the order of
            first appearance kept.
        """
        before: dict[Any, set[Any]] = {}
        kept = [list(dict.fromkeys(values)) for values in lists if values]
        for values in kept:
            previous: list[Any] = []
            for value in values:
                before.setdefault(value, set()).update(previous)
                previous = [value]
        merged = _layers(before)
        if merged is None:
            shown = ", ".join(repr(values) for values in kept)
            warnings.warn(
                f"Detected duplicate Media files in an opposite order: {shown}", MediaOrderConflictWarning, stacklevel=2
            )
            return list(before)
        return merged

    def __add__(self, other: Media) -> Media:
        if not isinstance(other, Media):
            return NotImplemented
        combined = Media()
        combined._css_lists = _joined(self._css_lists, other._css_lists)
        combined._js_lists = _joined(self._js_lists, other._js_lists)
        return combined


def _joined(first: list[Any], second: list[Any]) -> list[Any]:
    joined: list[Any] = []
    for values in (*first, *second):
        if values and values not in joined:
            joined.append(values)
    return joined


def _render_asset(asset: Any, attrs: Mapping[str, Any] | None) -> str:
    if attrs and isinstance(asset, MediaAsset):
        return asset.render(attrs=attrs)
    text: str = asset.__html__()
    return text


def _layers(before: dict[Any, set[Any]]) -> list[Any] | None:
    """Order values after all that come before them, layer by layer; None if that is impossible."""
    waiting = {value: set(earlier) for value, earlier in before.items()}
    ordered: list[Any] = []
    while waiting:
        ready = [value for value, earlier in waiting.items() if not earlier]
        if not ready:
            return None
        ordered += ready
        for value in ready:
            del waiting[value]
        for earlier in waiting.values():
            earlier.difference_update(ready)
    return ordered
