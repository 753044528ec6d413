"""The admin site, as documented: a façade over the modules of this package."""

from hotclub.contrib.admin.decorators import action, display, register
from hotclub.contrib.admin.filters import (
    AllValuesFieldListFilter,
    BooleanFieldListFilter,
    ChoicesFieldListFilter,
    DateFieldListFilter,
    EmptyFieldListFilter,
    FieldListFilter,
    ListFilter,
    RelatedFieldListFilter,
    RelatedOnlyFieldListFilter,
    SimpleListFilter,
)
from hotclub.contrib.admin.options import (
    HORIZONTAL,
    VERTICAL,
    Action,
    ActionLocation,
    ModelAdmin,
    ShowFacets,
    StackedInline,
    TabularInline,
)
from hotclub.contrib.admin.sites import AdminSite, site
from hotclub.utils.module_loading import autodiscover_modules

__all__ = [
    "HORIZONTAL",
    "VERTICAL",
    "Action",
    "ActionLocation",
    "AdminSite",
    "AllValuesFieldListFilter",
    "BooleanFieldListFilter",
    "ChoicesFieldListFilter",
    "DateFieldListFilter",
    "EmptyFieldListFilter",
    "FieldListFilter",
    "ListFilter",
    "ModelAdmin",
    "RelatedFieldListFilter",
    "RelatedOnlyFieldListFilter",
    "ShowFacets",
    "SimpleListFilter",
    "StackedInline",
    "TabularInline",
    "action",
    "autodiscover",
    "display",
    "register",
    "site",
]


def autodiscover() -> None:
    """Import the module `admin` of every installed app that has one."""
    autodiscover_modules("admin", register_to=site)
