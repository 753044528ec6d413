"""List filters: the choices beside a change list, and what each of them does to its query."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from hotclub.contrib.admin.exceptions import IncorrectLookupParameters, NotRegistered
from hotclub.contrib.admin.utils import (
    build_q_object_from_lookup_parameters,
    get_last_value_from_parameters,
    get_model_from_relation,
    prepare_lookup_value,
    reverse_field_path,
)
from hotclub.core.exceptions import ImproperlyConfigured, ValidationError
from hotclub.db import models
from hotclub.utils import timezone
from hotclub.utils.translation import gettext_lazy as _

LookupTable = list[tuple[Callable[[Any], Any], type["FieldListFilter"]]]


class ListFilter:
    """What every filter offers; subclasses say what they do.

    Args:
        request: the request.
        params: query parameters not yet used; a filter takes its own out.
        model: model of the list.
        model_admin: its admin.

    Raises:
        ImproperlyConfigured: the filter has no `title`.
    """

    title: Any = None
    template = "admin/filter.html"

    def __init__(self, request: Any, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        self.request = request
        self.used_parameters: dict[str, Any] = {}
        if self.title is None:
            raise ImproperlyConfigured(f"The list filter '{self.__class__.__name__}' does not specify a 'title'.")

    def has_output(self) -> bool:
        """Return whether there is anything to choose."""
        raise NotImplementedError("subclasses of ListFilter must provide a has_output() method")

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """Yield mappings with `selected`, `query_string` and `display`."""
        raise NotImplementedError("subclasses of ListFilter must provide a choices() method")

    def queryset(self, request: Any, queryset: Any) -> Any:
        """Return the narrowed queryset, or None to leave it."""
        raise NotImplementedError("subclasses of ListFilter must provide a queryset() method")

    def expected_parameters(self) -> list[Any]:
        """Return the query parameters this filter uses."""
        raise NotImplementedError("subclasses of ListFilter must provide an expected_parameters() method")


class FacetsMixin:
    """Numbers of rows beside the choices."""

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        """Return aggregates by name; one for each choice."""
        raise NotImplementedError("subclasses of FacetsMixin must provide a get_facet_counts() method.")

    def get_facet_queryset(self, changelist: Any) -> dict[str, int]:
        """Return the numbers: one query, with all other filters applied."""
        filtered = changelist.get_queryset(self.request, exclude_parameters=self.expected_parameters())  # type: ignore[attr-defined]
        counts: dict[str, int] = filtered.aggregate(**self.get_facet_counts(changelist.pk_attname, filtered))
        return counts


def _count(pk_attname: str, condition: Any) -> Any:
    return models.Count(pk_attname, filter=condition)


class SimpleListFilter(FacetsMixin, ListFilter):
    """A filter written by hand: `title`, `parameter_name`, `lookups()` and `queryset()`.

    Raises:
        ImproperlyConfigured: the filter has no `parameter_name`.
    """

    parameter_name: Any = None

    def __init__(self, request: Any, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        if self.parameter_name is None:
            raise ImproperlyConfigured(
                f"The list filter '{self.__class__.__name__}' does not specify a 'parameter_name'."
            )
        if self.parameter_name in params:
            value = params.pop(self.parameter_name)
            self.used_parameters[self.parameter_name] = value[-1]
        self.lookup_choices = list(self.lookups(request, model_admin) or ())

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def value(self) -> Any:
        """Return the chosen value as text; None for all."""
        return self.used_parameters.get(self.parameter_name)

    def lookups(self, request: Any, model_admin: Any) -> Iterable[tuple[Any, Any]] | None:
        """Return pairs of value and text; to be overridden."""
        raise NotImplementedError(
            "The SimpleListFilter.lookups() method must be overridden to return a list of tuples (value, verbose value)."
        )

    def expected_parameters(self) -> list[Any]:
        return [self.parameter_name]

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        chosen = self.used_parameters.get(self.parameter_name)
        counts = {}
        for index, (value, _text) in enumerate(self.lookup_choices):
            self.used_parameters[self.parameter_name] = value
            narrowed = self.queryset(self.request, filtered_qs)
            if narrowed is not None:
                counts[f"{index}__c"] = models.Count(pk_attname, filter=models.Q(pk__in=narrowed.values("pk")))
        self.used_parameters[self.parameter_name] = chosen
        return counts

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        add_facets = changelist.add_facets
        counts = self.get_facet_queryset(changelist) if add_facets else {}
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("All"),
        }
        for index, (value, text) in enumerate(self.lookup_choices):
            if add_facets:
                count = counts.get(f"{index}__c", -1)
                text = f"{text} ({count})" if count != -1 else f"{text} (-)"
            yield {
                "selected": self.value() == str(value),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": text,
            }


class FieldListFilter(FacetsMixin, ListFilter):
    """A filter for a model field; `create()` finds the class that fits.

    Args:
        field: the field.
        request: the request.
        params: query parameters not yet used.
        model: model of the list.
        model_admin: its admin.
        field_path: path to the field.

    Raises:
        IncorrectLookupParameters: a parameter has no sensible value.
    """

    _field_list_filters: ClassVar[LookupTable] = []
    _take_priority_index = 0
    list_separator = ","

    def __init__(
        self, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> None:
        self.field = field
        self.field_path = field_path
        self.title = getattr(field, "verbose_name", field_path)
        super().__init__(request, params, model, model_admin)
        for name in self.expected_parameters():
            if name in params:
                value = params.pop(name)
                self.used_parameters[name] = prepare_lookup_value(name, value, self.list_separator)

    def has_output(self) -> bool:
        return True

    def queryset(self, request: Any, queryset: Any) -> Any:
        try:
            return queryset.filter(build_q_object_from_lookup_parameters(self.used_parameters))
        except (ValueError, ValidationError) as error:
            # Fields may raise both for a value they cannot take.
            raise IncorrectLookupParameters(error) from error

    @classmethod
    def register(
        cls, test: Callable[[Any], Any], list_filter_class: type[FieldListFilter], take_priority: bool = False
    ) -> None:
        """Use a filter class for the fields a test accepts; with priority before those of the framework."""
        if take_priority:
            cls._field_list_filters.insert(cls._take_priority_index, (test, list_filter_class))
            FieldListFilter._take_priority_index += 1
        else:
            cls._field_list_filters.append((test, list_filter_class))

    @classmethod
    def create(
        cls, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> Any:
        """Return the filter for a field; None if no class fits."""
        for test, list_filter_class in cls._field_list_filters:
            if test(field):
                return list_filter_class(field, request, params, model, model_admin, field_path=field_path)
        return None


class RelatedFieldListFilter(FieldListFilter):
    """Choose one of the related objects."""

    def __init__(
        self, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> None:
        other_model = get_model_from_relation(field)
        self.lookup_kwarg = f"{field_path}__{field.target_field.name}__exact"
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        self.lookup_val = params.get(self.lookup_kwarg)
        self.lookup_val_isnull = (
            get_last_value_from_parameters(params, self.lookup_kwarg_isnull)
            if (self.lookup_kwarg_isnull in params)
            else None
        )
        super().__init__(field, request, params, model, model_admin, field_path)
        self.lookup_choices = self.field_choices(field, request, model_admin)
        self.lookup_title = getattr(field, "verbose_name", other_model._meta.verbose_name)
        self.title = self.lookup_title
        self.empty_value_display = model_admin.get_empty_value_display()

    @property
    def include_empty_choice(self) -> bool:
        """Whether "no object" can be chosen."""
        return bool(self.field.null or (self.field.is_relation and self.field.many_to_many))

    def has_output(self) -> bool:
        return len(self.lookup_choices) + (1 if self.include_empty_choice else 0) > 1

    def expected_parameters(self) -> list[Any]:
        return [self.lookup_kwarg, self.lookup_kwarg_isnull]

    def field_admin_ordering(self, field: Any, request: Any, model_admin: Any) -> Any:
        """Return the order the related model's own admin gives its objects."""
        try:
            related_admin = model_admin.admin_site.get_model_admin(field.remote_field.model)
        except NotRegistered:
            return ()
        return related_admin.get_ordering(request)

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> Any:
        """Return pairs of key and text."""
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordering)

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        counts = {
            f"{key}__c": _count(pk_attname, models.Q((self.lookup_kwarg, key))) for key, _text in self.lookup_choices
        }
        if self.include_empty_choice:
            counts["__c"] = _count(pk_attname, models.Q((self.lookup_kwarg_isnull, True)))
        return counts

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        add_facets = changelist.add_facets
        counts = self.get_facet_queryset(changelist) if add_facets else {}
        yield {
            "selected": self.lookup_val is None and not self.lookup_val_isnull,
            "query_string": changelist.get_query_string(remove=[self.lookup_kwarg, self.lookup_kwarg_isnull]),
            "display": _("All"),
        }
        for key, text in self.lookup_choices:
            if add_facets:
                text = f"{text} ({counts[f'{key}__c']})"
            yield {
                "selected": self.lookup_val is not None and str(key) in self.lookup_val,
                "query_string": changelist.get_query_string({self.lookup_kwarg: key}, [self.lookup_kwarg_isnull]),
                "display": text,
            }
        if self.include_empty_choice:
            text = self.empty_value_display
            if add_facets:
                text = f"{text} ({counts['__c']})"
            yield {
                "selected": bool(self.lookup_val_isnull),
                "query_string": changelist.get_query_string({self.lookup_kwarg_isnull: "True"}, [self.lookup_kwarg]),
                "display": text,
            }


FieldListFilter.register(lambda field: field.remote_field, RelatedFieldListFilter)


class BooleanFieldListFilter(FieldListFilter):
    """Yes, no, or unknown where the field allows it."""

    def __init__(
        self, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> None:
        self.lookup_kwarg = f"{field_path}__exact"
        self.lookup_kwarg2 = f"{field_path}__isnull"
        self.lookup_val = _last(params, self.lookup_kwarg)
        self.lookup_val2 = _last(params, self.lookup_kwarg2)
        super().__init__(field, request, params, model, model_admin, field_path)
        if self.lookup_val in ("1", "0") and self.lookup_kwarg in self.used_parameters:
            self.used_parameters[self.lookup_kwarg] = [bool(int(self.lookup_val))]

    def expected_parameters(self) -> list[Any]:
        return [self.lookup_kwarg, self.lookup_kwarg2]

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        return {
            "true__c": _count(pk_attname, models.Q((self.field_path, True))),
            "false__c": _count(pk_attname, models.Q((self.field_path, False))),
            "null__c": _count(pk_attname, models.Q((self.lookup_kwarg2, True))),
        }

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        add_facets = changelist.add_facets
        counts = self.get_facet_queryset(changelist) if add_facets else {}
        texts = dict(self.field.flatchoices)
        choices = [
            (None, _("All"), None),
            ("1", texts.get(True, _("Yes")), "true__c"),
            ("0", texts.get(False, _("No")), "false__c"),
        ]
        for value, text, count_name in choices:
            if add_facets and count_name:
                text = f"{text} ({counts[count_name]})"
            yield {
                "selected": self.lookup_val == value and not self.lookup_val2,
                "query_string": changelist.get_query_string({self.lookup_kwarg: value}, [self.lookup_kwarg2]),
                "display": text,
            }
        if self.field.null:
            text = texts.get(None, _("Unknown"))
            if add_facets:
                text = f"{text} ({counts['null__c']})"
            yield {
                "selected": self.lookup_val2 == "True",
                "query_string": changelist.get_query_string({self.lookup_kwarg2: "True"}, [self.lookup_kwarg]),
                "display": text,
            }


FieldListFilter.register(lambda field: isinstance(field, models.BooleanField), BooleanFieldListFilter)


def _last(params: dict[str, Any], key: str) -> Any:
    return get_last_value_from_parameters(params, key) if key in params else None


class ChoicesFieldListFilter(FieldListFilter):
    """Choose one of the field's choices."""

    def __init__(
        self, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> None:
        self.lookup_kwarg = f"{field_path}__exact"
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        self.lookup_val = params.get(self.lookup_kwarg)
        self.lookup_val_isnull = _last(params, self.lookup_kwarg_isnull)
        super().__init__(field, request, params, model, model_admin, field_path)

    def expected_parameters(self) -> list[Any]:
        return [self.lookup_kwarg, self.lookup_kwarg_isnull]

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        return {
            f"{index}__c": _count(
                pk_attname,
                models.Q((self.lookup_kwarg, value))
                if value is not None
                else models.Q((self.lookup_kwarg_isnull, True)),
            )
            for index, (value, _text) in enumerate(self.field.flatchoices)
        }

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        add_facets = changelist.add_facets
        counts = self.get_facet_queryset(changelist) if add_facets else {}
        yield {
            "selected": self.lookup_val is None and not self.lookup_val_isnull,
            "query_string": changelist.get_query_string(remove=[self.lookup_kwarg, self.lookup_kwarg_isnull]),
            "display": _("All"),
        }
        none_text: Any = None
        for index, (value, text) in enumerate(self.field.flatchoices):
            if add_facets:
                text = f"{text} ({counts[f'{index}__c']})"
            if value is None:
                none_text = text
                continue
            yield {
                "selected": self.lookup_val is not None and str(value) in self.lookup_val,
                "query_string": changelist.get_query_string({self.lookup_kwarg: value}, [self.lookup_kwarg_isnull]),
                "display": text,
            }
        if none_text is not None:
            yield {
                "selected": bool(self.lookup_val_isnull),
                "query_string": changelist.get_query_string({self.lookup_kwarg_isnull: "True"}, [self.lookup_kwarg]),
                "display": none_text,
            }


FieldListFilter.register(lambda field: bool(field.choices), ChoicesFieldListFilter)


class DateFieldListFilter(FieldListFilter):
    """Today, the past 7 days, this month, this year."""

    def __init__(
        self, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> None:
        self.field_generic = f"{field_path}__"
        self.date_params = {name: value[-1] for name, value in params.items() if name.startswith(self.field_generic)}
        self.lookup_kwarg_since = f"{field_path}__gte"
        self.lookup_kwarg_until = f"{field_path}__lt"
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        self.links: Any = self._links(field)
        super().__init__(field, request, params, model, model_admin, field_path)

    def _links(self, field: Any) -> Any:
        now = timezone.now()
        # Days begin at midnight in the user's time zone.
        if timezone.is_aware(now):
            now = timezone.localtime(now)
        if isinstance(field, models.DateTimeField):
            today: Any = now.replace(hour=0, minute=0, second=0, microsecond=0)
        else:
            today = now.date()
        tomorrow = today + datetime.timedelta(days=1)
        if today.month == 12:
            next_month = today.replace(year=today.year + 1, month=1, day=1)
        else:
            next_month = today.replace(month=today.month + 1, day=1)
        next_year = today.replace(year=today.year + 1, month=1, day=1)

        def between(since: Any, until: Any) -> dict[str, str]:
            return {self.lookup_kwarg_since: str(since), self.lookup_kwarg_until: str(until)}

        links: list[Any] = [
            (_("Any date"), {}),
            (_("Today"), between(today, tomorrow)),
            (_("Past 7 days"), between(today - datetime.timedelta(days=7), tomorrow)),
            (_("This month"), between(today.replace(day=1), next_month)),
            (_("This year"), between(today.replace(month=1, day=1), next_year)),
        ]
        if field.null:
            links += [
                (_("No date"), {self.lookup_kwarg_isnull: str(True)}),
                (_("Has date"), {self.lookup_kwarg_isnull: str(False)}),
            ]
        return tuple(links)

    def expected_parameters(self) -> list[Any]:
        params = [self.lookup_kwarg_since, self.lookup_kwarg_until]
        if self.field.null:
            params.append(self.lookup_kwarg_isnull)
        return params

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        return {
            f"{index}__c": _count(
                pk_attname, models.Q(**{key: _as_lookup(key, value) for key, value in params.items()})
            )
            for index, (_text, params) in enumerate(self.links)
        }

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        add_facets = changelist.add_facets
        counts = self.get_facet_queryset(changelist) if add_facets else {}
        for index, (text, params) in enumerate(self.links):
            if add_facets:
                text = f"{text} ({counts[f'{index}__c']})"
            yield {
                "selected": self.date_params == params,
                "query_string": changelist.get_query_string(params, [self.field_generic]),
                "display": text,
            }


def _as_lookup(key: str, value: str) -> Any:
    return prepare_lookup_value(key, value)


FieldListFilter.register(lambda field: isinstance(field, models.DateField), DateFieldListFilter)


class AllValuesFieldListFilter(FieldListFilter):
    """Choose one of the values that occur."""

    def __init__(
        self, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> None:
        self.lookup_kwarg = field_path
        self.lookup_kwarg_isnull = f"{field_path}__isnull"
        self.lookup_val = params.get(self.lookup_kwarg)
        self.lookup_val_isnull = _last(params, self.lookup_kwarg_isnull)
        self.empty_value_display = model_admin.get_empty_value_display()
        parent_model, _reverse_path = reverse_field_path(model, field_path)
        # The admin may show fewer rows than the model has; a value of a hidden one is not offered.
        if model == parent_model:
            queryset = model_admin.get_queryset(request)
        else:
            queryset = parent_model._default_manager.all()
        self.lookup_choices = queryset.distinct().order_by(field.name).values_list(field.name, flat=True)
        super().__init__(field, request, params, model, model_admin, field_path)

    def expected_parameters(self) -> list[Any]:
        return [self.lookup_kwarg, self.lookup_kwarg_isnull]

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        return {
            f"{index}__c": _count(
                pk_attname,
                models.Q((self.lookup_kwarg, value))
                if value is not None
                else models.Q((self.lookup_kwarg_isnull, True)),
            )
            for index, value in enumerate(self.lookup_choices)
        }

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        add_facets = changelist.add_facets
        counts = self.get_facet_queryset(changelist) if add_facets else {}
        yield {
            "selected": self.lookup_val is None and self.lookup_val_isnull is None,
            "query_string": changelist.get_query_string(remove=[self.lookup_kwarg, self.lookup_kwarg_isnull]),
            "display": _("All"),
        }
        empty: str | None = None
        for index, value in enumerate(self.lookup_choices):
            suffix = f" ({counts[f'{index}__c']})" if add_facets else ""
            if value is None:
                empty = f"{self.empty_value_display}{suffix}"
                continue
            text = str(value)
            yield {
                "selected": self.lookup_val is not None and text in self.lookup_val,
                "query_string": changelist.get_query_string({self.lookup_kwarg: text}, [self.lookup_kwarg_isnull]),
                "display": f"{text}{suffix}",
            }
        if empty is not None:
            yield {
                "selected": bool(self.lookup_val_isnull),
                "query_string": changelist.get_query_string({self.lookup_kwarg_isnull: "True"}, [self.lookup_kwarg]),
                "display": empty,
            }


FieldListFilter.register(lambda field: True, AllValuesFieldListFilter)


class RelatedOnlyFieldListFilter(RelatedFieldListFilter):
    """Choose one of the related objects that rows of the list point to."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> Any:
        keys = model_admin.get_queryset(request).distinct().values_list(f"{self.field_path}__pk", flat=True)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, limit_choices_to={"pk__in": keys}, ordering=ordering)


class EmptyFieldListFilter(FieldListFilter):
    """Empty (NULL or no text) or not.

    Raises:
        ImproperlyConfigured: the field can be neither.
    """

    def __init__(
        self, field: Any, request: Any, params: dict[str, Any], model: Any, model_admin: Any, field_path: str
    ) -> None:
        if not field.empty_strings_allowed and not field.null:
            raise ImproperlyConfigured(
                f"The list filter '{self.__class__.__name__}' cannot be used with field '{field.name}' which doesn't "
                "allow empty strings and nulls."
            )
        self.lookup_kwarg = f"{field_path}__isempty"
        self.lookup_val = _last(params, self.lookup_kwarg)
        super().__init__(field, request, params, model, model_admin, field_path)

    def get_lookup_condition(self) -> Any:
        """Return the condition for an empty value."""
        conditions: list[tuple[str, Any]] = []
        if self.field.empty_strings_allowed:
            conditions.append((self.field_path, ""))
        if self.field.null:
            conditions.append((f"{self.field_path}__isnull", True))
        return models.Q.create(conditions, connector=models.Q.OR)

    def queryset(self, request: Any, queryset: Any) -> Any:
        if self.lookup_kwarg not in self.used_parameters:
            return queryset
        if self.lookup_val not in ("0", "1"):
            raise IncorrectLookupParameters
        condition = self.get_lookup_condition()
        return queryset.filter(condition) if self.lookup_val == "1" else queryset.exclude(condition)

    def expected_parameters(self) -> list[Any]:
        return [self.lookup_kwarg]

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        condition = self.get_lookup_condition()
        return {"empty__c": _count(pk_attname, condition), "not_empty__c": _count(pk_attname, ~condition)}

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        add_facets = changelist.add_facets
        counts = self.get_facet_queryset(changelist) if add_facets else {}
        for value, text, count_name in (
            (None, _("All"), None),
            ("1", _("Empty"), "empty__c"),
            ("0", _("Not empty"), "not_empty__c"),
        ):
            if add_facets and count_name:
                text = f"{text} ({counts[count_name]})"
            yield {
                "selected": self.lookup_val == value,
                "query_string": changelist.get_query_string({self.lookup_kwarg: value}),
                "display": text,
            }


__all__ = [
    "AllValuesFieldListFilter",
    "BooleanFieldListFilter",
    "ChoicesFieldListFilter",
    "DateFieldListFilter",
    "EmptyFieldListFilter",
    "FacetsMixin",
    "FieldListFilter",
    "ListFilter",
    "RelatedFieldListFilter",
    "RelatedOnlyFieldListFilter",
    "SimpleListFilter",
]
