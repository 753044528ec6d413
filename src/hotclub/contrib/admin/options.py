"""Model admins and inlines, as documented: a façade over `form_options`, `inlines`, `model_admin` and `parameters`."""

from hotclub.contrib.admin.exceptions import IncorrectLookupParameters
from hotclub.contrib.admin.form_options import (
    FORMFIELD_FOR_DBFIELD_DEFAULTS,
    BaseModelAdmin,
    get_content_type_for_model,
    get_ul_class,
)
from hotclub.contrib.admin.inlines import InlineModelAdmin, StackedInline, TabularInline
from hotclub.contrib.admin.model_admin import ModelAdmin, csrf_protect_m
from hotclub.contrib.admin.parameters import (
    EMPTY_VALUE_STRING,
    HORIZONTAL,
    IS_FACETS_VAR,
    IS_POPUP_VAR,
    SOURCE_MODEL_VAR,
    TO_FIELD_VAR,
    VERTICAL,
    Action,
    ActionLocation,
    ShowFacets,
)
from hotclub.contrib.admin.utils import flatten_fieldsets

__all__ = [
    "EMPTY_VALUE_STRING",
    "FORMFIELD_FOR_DBFIELD_DEFAULTS",
    "HORIZONTAL",
    "IS_FACETS_VAR",
    "IS_POPUP_VAR",
    "SOURCE_MODEL_VAR",
    "TO_FIELD_VAR",
    "VERTICAL",
    "Action",
    "ActionLocation",
    "BaseModelAdmin",
    "IncorrectLookupParameters",
    "InlineModelAdmin",
    "ModelAdmin",
    "ShowFacets",
    "StackedInline",
    "TabularInline",
    "csrf_protect_m",
    "flatten_fieldsets",
    "get_content_type_for_model",
    "get_ul_class",
]
