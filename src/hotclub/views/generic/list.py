"""Views of several objects, by pages."""

from __future__ import annotations

from typing import Any, Generic

from hotclub._kernel.object_type import ObjectT
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.paginator import InvalidPage, Paginator
from hotclub.db.models import QuerySet
from hotclub.http import Http404
from hotclub.utils.translation import gettext as _
from hotclub.views.generic.base import ContextMixin, TemplateResponseMixin, View


class MultipleObjectMixin(ContextMixin, Generic[ObjectT]):
    """Gives a list of objects, a page at a time.

    Source: docs ref/class-based-views/mixins-multiple-object.
    """

    allow_empty = True
    queryset: Any = None
    model: Any = None
    paginate_by: int | None = None
    paginate_orphans = 0
    context_object_name: str | None = None
    paginator_class: Any = Paginator
    page_kwarg = "page"
    ordering: Any = None
    object_list: Any
    request: Any
    kwargs: Any

    def get_queryset(self) -> QuerySet[ObjectT]:
        """Give the objects.

        Raises:
            ImproperlyConfigured: the view says neither model nor queryset.
        """
        if self.queryset is not None:
            queryset = self.queryset
            if isinstance(queryset, QuerySet):
                queryset = queryset.all()
        elif self.model is not None:
            queryset = self.model._default_manager.all()
        else:
            name = type(self).__name__
            raise ImproperlyConfigured(
                f"{name} is missing a QuerySet. Define {name}.model, {name}.queryset, or override "
                f"{name}.get_queryset()."
            )
        ordering = self.get_ordering()
        if ordering:
            queryset = queryset.order_by(*((ordering,) if isinstance(ordering, str) else ordering))
        return queryset  # type: ignore[no-any-return]

    def get_ordering(self) -> Any:
        """Give the names of the fields to order by."""
        return self.ordering

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Any, Any, Any, bool]:
        """Give paginator, page, the objects of the page, and whether there are other pages.

        Raises:
            Http404: there is no such page.
        """
        paginator = self.get_paginator(
            queryset,
            page_size,
            orphans=self.get_paginate_orphans(),
            allow_empty_first_page=self.get_allow_empty(),
        )
        wanted = self.kwargs.get(self.page_kwarg) or self.request.GET.get(self.page_kwarg) or 1
        try:
            number = int(wanted)
        except ValueError:
            if wanted != "last":
                raise Http404(_("Page is not “last”, nor can it be converted to an int.")) from None
            number = paginator.num_pages
        try:
            page = paginator.page(number)
        except InvalidPage as error:
            raise Http404(
                _("Invalid page (%(page_number)s): %(message)s") % {"page_number": number, "message": str(error)}
            ) from error
        return paginator, page, page.object_list, page.has_other_pages()

    def get_paginate_by(self, queryset: Any) -> int | None:
        """Give the number of objects a page; None for all at once."""
        return self.paginate_by

    def get_paginator(
        self, queryset: Any, per_page: int, orphans: int = 0, allow_empty_first_page: bool = True, **kwargs: Any
    ) -> Any:
        """Give the paginator."""
        return self.paginator_class(
            queryset, per_page, orphans=orphans, allow_empty_first_page=allow_empty_first_page, **kwargs
        )

    def get_paginate_orphans(self) -> int:
        """Give the number of objects the last page may have too many."""
        return self.paginate_orphans

    def get_allow_empty(self) -> bool:
        """Whether an empty list is shown, rather than 404."""
        return self.allow_empty

    def get_context_object_name(self, object_list: Any) -> str | None:
        """Give the name of the list in the context, besides `object_list`."""
        if self.context_object_name:
            return self.context_object_name
        if hasattr(object_list, "model"):
            return f"{object_list.model._meta.model_name}_list"
        return None

    def get_context_data(self, *, object_list: Any = None, **kwargs: Any) -> dict[str, Any]:
        """Add list, page and paginator to the context."""
        queryset = object_list if object_list is not None else self.object_list
        page_size = self.get_paginate_by(queryset)
        name = self.get_context_object_name(queryset)
        paginator = page = None
        is_paginated = False
        if page_size:
            paginator, page, queryset, is_paginated = self.paginate_queryset(queryset, page_size)
        context = {
            "paginator": paginator,
            "page_obj": page,
            "is_paginated": is_paginated,
            "object_list": queryset,
        }
        if name is not None:
            context[name] = queryset
        context.update(kwargs)
        return super().get_context_data(**context)


class BaseListView(MultipleObjectMixin[ObjectT], View):
    """A view of a list, without a template."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Find the objects and show them.

        Raises:
            Http404: there are none, and the view does not allow that.
        """
        self.object_list = self.get_queryset()
        if not self.get_allow_empty():
            # With pages, one query for a single row tells as much as fetching them all.
            if self.get_paginate_by(self.object_list) is not None and hasattr(self.object_list, "exists"):
                is_empty = not self.object_list.exists()
            else:
                is_empty = not self.object_list
            if is_empty:
                raise Http404(
                    _("Empty list and “%(class_name)s.allow_empty” is False.") % {"class_name": type(self).__name__}
                )
        return self.render_to_response(self.get_context_data())  # type: ignore[attr-defined]


class MultipleObjectTemplateResponseMixin(TemplateResponseMixin):
    """Names the template after the model."""

    template_name_suffix = "_list"
    object_list: Any

    def get_template_names(self) -> list[str]:
        """Give the names: the view's own, then `<app>/<model>_list.html`.

        Raises:
            ImproperlyConfigured: there is none.
        """
        names = [] if self.template_name is None else [self.template_name]
        if hasattr(self.object_list, "model"):
            meta = self.object_list.model._meta
            names.append(f"{meta.app_label}/{meta.model_name}{self.template_name_suffix}.html")
        elif not names:
            name = type(self).__name__
            raise ImproperlyConfigured(
                f"{name} requires either a 'template_name' attribute or a get_queryset() method that returns a QuerySet."
            )
        return names


class ListView(MultipleObjectTemplateResponseMixin, BaseListView[ObjectT]):
    """Shows a list of objects.

    Source: docs ref/class-based-views/generic-display, "ListView".
    """
