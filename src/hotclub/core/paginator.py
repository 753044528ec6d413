"""Lists page by page. One set of rules for sync and async: only the counting and the slicing wait."""

from __future__ import annotations

import collections.abc
import inspect
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from math import ceil
from typing import Any, cast

from hotclub._kernel.crossing import iscoroutinefunction, sync_to_async
from hotclub.utils.deprecation import RemovedInDjango2028Warning
from hotclub.utils.functional import cached_property
from hotclub.utils.inspect import method_has_no_args
from hotclub.utils.translation import gettext_lazy as _

__all__ = [
    "AsyncPage", "AsyncPaginator", "BasePaginator", "EmptyPage", "InvalidPage", "Page", "PageNotAnInteger", "Paginator",
    "UnorderedObjectListWarning",
]  # fmt: skip


class UnorderedObjectListWarning(RuntimeWarning):
    """A queryset without order is being cut into pages."""


class InvalidPage(Exception):
    """There is no such page."""


class PageNotAnInteger(InvalidPage):
    """The page number is no integer."""


class EmptyPage(InvalidPage):
    """The page number is below 1, or beyond the last page."""


class BasePaginator:
    """What both paginators share.

    Args:
        object_list: list, tuple, queryset, or anything with `count()` or `__len__` that can be sliced.
        per_page: items per page.
        orphans: a last page of at most so many items joins the one before.
        allow_empty_first_page: whether there is a first page if there are no items.
        error_messages: texts by key (invalid_page, min_page, no_results).
    """

    # Translators: stands for the pages that are left out.
    ELLIPSIS: Any = _("…")
    default_error_messages: dict[str, Any] = {
        "invalid_page": _("That page number is not an integer"),
        "min_page": _("That page number is less than 1"),
        "no_results": _("That page contains no results"),
    }

    def __init__(
        self,
        object_list: Any,
        per_page: int | str,
        orphans: int | str = 0,
        allow_empty_first_page: bool = True,
        error_messages: Mapping[str, Any] | None = None,
    ) -> None:
        self.object_list = object_list
        self._check_object_list_is_ordered()
        self.per_page = int(per_page)
        self.orphans = int(orphans)
        self.allow_empty_first_page = allow_empty_first_page
        self.error_messages = {**self.default_error_messages, **(error_messages or {})}
        if self.per_page <= self.orphans:
            warnings.warn(
                "Support for the orphans argument being larger than or equal to the per_page argument is deprecated. "
                "This will raise a ValueError in Django 2028.",
                category=RemovedInDjango2028Warning,
                stacklevel=2,
            )

    def _check_object_list_is_ordered(self) -> None:
        """Warn about a queryset without order."""
        if getattr(self.object_list, "ordered", None) is False:
            model = getattr(self.object_list, "model", None)
            name = f"{model} {type(self.object_list).__name__}" if model is not None else f"{self.object_list!r}"
            warnings.warn(
                f"Pagination may yield inconsistent results with an unordered object_list: {name}.",
                UnorderedObjectListWarning,
                stacklevel=3,
            )

    def _bounds(self, number: int, count: int) -> tuple[int, int]:
        """Return first and last index (exclusive) of a page."""
        bottom = (number - 1) * self.per_page
        top = bottom + self.per_page
        return bottom, count if top + self.orphans >= count else top

    def _pages_for(self, count: int) -> int:
        if count == 0 and not self.allow_empty_first_page:
            return 0
        return ceil(max(1, count - self.orphans) / self.per_page)

    def _to_number(self, number: Any) -> int:
        """Return the page number as an integer of at least 1."""
        try:
            if isinstance(number, float) and not number.is_integer():
                raise ValueError
            number = int(number)
        except (TypeError, ValueError):
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from None
        if number < 1:
            raise EmptyPage(self.error_messages["min_page"])
        return int(number)

    def _check_number(self, number: Any, num_pages: int) -> int:
        page_number = self._to_number(number)
        if page_number > num_pages:
            raise EmptyPage(self.error_messages["no_results"])
        return page_number

    def _elided(self, number: int, num_pages: int, on_each_side: int, on_ends: int) -> Iterator[Any]:
        """Give the page numbers around a page and at both ends, with ellipses in the gaps."""
        if num_pages <= (on_each_side + on_ends) * 2:
            yield from range(1, num_pages + 1)
            return
        if number > 1 + on_each_side + on_ends + 1:
            yield from range(1, on_ends + 1)
            yield self.ELLIPSIS
            yield from range(number - on_each_side, number + 1)
        else:
            yield from range(1, number + 1)
        if number < num_pages - on_each_side - on_ends - 1:
            yield from range(number + 1, number + on_each_side + 1)
            yield self.ELLIPSIS
            yield from range(num_pages - on_ends + 1, num_pages + 1)
        else:
            yield from range(number + 1, num_pages + 1)


class Paginator(BasePaginator):
    """Cuts a list into pages."""

    def __iter__(self) -> Iterator[Page]:
        for number in self.page_range:
            yield self.page(number)

    def validate_number(self, number: Any) -> int:
        """Return the page number as an integer.

        Raises:
            PageNotAnInteger: it is none.
            EmptyPage: there is no such page.
        """
        return self._check_number(number, self.num_pages)

    def get_page(self, number: Any) -> Page:
        """Return a page whatever is asked for: the first one if it is no number, the last one if there is no such page."""
        try:
            number = self.validate_number(number)
        except PageNotAnInteger:
            number = 1
        except EmptyPage:
            number = self.num_pages
        return self.page(number)

    def page(self, number: Any) -> Page:
        """Return a page; the errors are those of `validate_number`."""
        number = self.validate_number(number)
        bottom, top = self._bounds(number, self.count)
        return self._get_page(self.object_list[bottom:top], number, self)

    def _get_page(self, *args: Any, **kwargs: Any) -> Page:
        """Make the page object; a hook for subclasses."""
        return Page(*args, **kwargs)

    @cached_property
    def count(self) -> int:
        """Number of items on all pages."""
        counter: Any = getattr(self.object_list, "count", None)
        # A list's count() counts something else: it takes an argument.
        if callable(counter) and not inspect.isbuiltin(counter) and method_has_no_args(counter):
            return int(cast("Any", counter)())
        return len(self.object_list)

    @cached_property
    def num_pages(self) -> int:
        """Number of pages."""
        return self._pages_for(self.count)

    @property
    def page_range(self) -> range:
        """Numbers of all pages, from 1."""
        return range(1, self.num_pages + 1)

    def get_elided_page_range(self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2) -> Iterator[Any]:
        """Give the numbers of pages to offer on a page, with `ELLIPSIS` for those left out."""
        number = self.validate_number(number)
        yield from self._elided(number, self.num_pages, on_each_side, on_ends)


class AsyncPaginator(BasePaginator):
    """`Paginator` for async code: what waits is awaited."""

    def __init__(
        self,
        object_list: Any,
        per_page: int | str,
        orphans: int | str = 0,
        allow_empty_first_page: bool = True,
        error_messages: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(object_list, per_page, orphans, allow_empty_first_page, error_messages)
        self._cache_acount: int | None = None
        self._cache_anum_pages: int | None = None

    async def __aiter__(self) -> AsyncIterator[AsyncPage]:
        for number in await self.apage_range():
            yield await self.apage(number)

    async def avalidate_number(self, number: Any) -> int:
        """See `Paginator.validate_number`."""
        return self._check_number(number, await self.anum_pages())

    async def aget_page(self, number: Any) -> AsyncPage:
        """See `Paginator.get_page`."""
        try:
            number = await self.avalidate_number(number)
        except PageNotAnInteger:
            number = 1
        except EmptyPage:
            number = await self.anum_pages()
        return await self.apage(number)

    async def apage(self, number: Any) -> AsyncPage:
        """See `Paginator.page`."""
        number = await self.avalidate_number(number)
        bottom, top = self._bounds(number, await self.acount())
        return self._get_page(self.object_list[bottom:top], number, self)

    def _get_page(self, *args: Any, **kwargs: Any) -> AsyncPage:
        return AsyncPage(*args, **kwargs)

    async def acount(self) -> int:
        """See `Paginator.count`."""
        if self._cache_acount is None:
            counter = getattr(self.object_list, "acount", None)
            if callable(counter) and iscoroutinefunction(counter) and method_has_no_args(counter):
                self._cache_acount = await cast("Any", counter)()
            else:
                self._cache_acount = len(self.object_list)
        return int(self._cache_acount or 0)

    async def anum_pages(self) -> int:
        """See `Paginator.num_pages`."""
        if self._cache_anum_pages is None:
            self._cache_anum_pages = self._pages_for(await self.acount())
        return self._cache_anum_pages

    async def apage_range(self) -> range:
        """See `Paginator.page_range`."""
        return range(1, await self.anum_pages() + 1)

    async def aget_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> AsyncIterator[Any]:
        """See `Paginator.get_elided_page_range`."""
        number = await self.avalidate_number(number)
        for item in self._elided(number, await self.anum_pages(), on_each_side, on_ends):
            yield item


class Page(collections.abc.Sequence):  # type: ignore[type-arg]
    """One page: a sequence of its items."""

    def __init__(self, object_list: Any, number: int, paginator: Paginator) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self) -> str:
        return f"<Page {self.number} of {self.paginator.num_pages}>"

    def __len__(self) -> int:
        return len(self.object_list)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, int | slice):
            raise TypeError(f"Page indices must be integers or slices, not {type(index).__name__}.")
        # A queryset would run a query for each item.
        if not isinstance(self.object_list, list):
            self.object_list = list(self.object_list)
        return self.object_list[index]

    def has_next(self) -> bool:
        """Say whether a page follows."""
        return self.number < self.paginator.num_pages

    def has_previous(self) -> bool:
        """Say whether a page comes before."""
        return self.number > 1

    def has_other_pages(self) -> bool:
        """Say whether there is another page at all."""
        return self.has_previous() or self.has_next()

    def next_page_number(self) -> int:
        """Return the number of the next page; InvalidPage if there is none."""
        return self.paginator.validate_number(self.number + 1)

    def previous_page_number(self) -> int:
        """Return the number of the page before; InvalidPage if there is none."""
        return self.paginator.validate_number(self.number - 1)

    def start_index(self) -> int:
        """Return the position of the page's first item among all, counted from 1; 0 if there are none."""
        if self.paginator.count == 0:
            return 0
        return self.paginator.per_page * (self.number - 1) + 1

    def end_index(self) -> int:
        """Return the position of the page's last item among all, counted from 1."""
        if self.number == self.paginator.num_pages:
            return self.paginator.count
        return self.number * self.paginator.per_page


class AsyncPage:
    """`Page` for async code. Its items are there after `aget_object_list()`."""

    def __init__(self, object_list: Any, number: int, paginator: AsyncPaginator) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self) -> str:
        return f"<Async Page {self.number}>"

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in await self.aget_object_list():
            yield item

    def _require_list(self, what: str) -> None:
        if not isinstance(self.object_list, list):
            raise TypeError(f"AsyncPage.aget_object_list() must be awaited before {what}.")

    def __len__(self) -> int:
        self._require_list("calling len()")
        return len(self.object_list)

    def __reversed__(self) -> Iterator[Any]:
        self._require_list("calling reversed()")
        return iter(self.object_list[::-1])

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, int | slice):
            raise TypeError(f"AsyncPage indices must be integers or slices, not {type(index).__name__}.")
        self._require_list("using indexing")
        return self.object_list[index]

    async def aget_object_list(self) -> list[Any]:
        """Return the items as a list; they are fetched once."""
        if not isinstance(self.object_list, list):
            if hasattr(self.object_list, "__aiter__"):
                self.object_list = [item async for item in self.object_list]
            else:
                items: Any = self.object_list
                self.object_list = await sync_to_async(lambda: list(items))()
        fetched: list[Any] = self.object_list
        return fetched

    async def ahas_next(self) -> bool:
        """See `Page.has_next`."""
        return self.number < await self.paginator.anum_pages()

    async def ahas_previous(self) -> bool:
        """See `Page.has_previous`."""
        return self.number > 1

    async def ahas_other_pages(self) -> bool:
        """See `Page.has_other_pages`."""
        return await self.ahas_previous() or await self.ahas_next()

    async def anext_page_number(self) -> int:
        """See `Page.next_page_number`."""
        return await self.paginator.avalidate_number(self.number + 1)

    async def aprevious_page_number(self) -> int:
        """See `Page.previous_page_number`."""
        return await self.paginator.avalidate_number(self.number - 1)

    async def astart_index(self) -> int:
        """See `Page.start_index`."""
        if await self.paginator.acount() == 0:
            return 0
        return self.paginator.per_page * (self.number - 1) + 1

    async def aend_index(self) -> int:
        """See `Page.end_index`."""
        if self.number == await self.paginator.anum_pages():
            return await self.paginator.acount()
        return self.number * self.paginator.per_page
