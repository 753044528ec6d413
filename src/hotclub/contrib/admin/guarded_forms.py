"""Forms and formsets of inlines that write only what the user may write, whatever is submitted."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.admin.deletion_tree import NestedObjects
from hotclub.core.exceptions import ValidationError
from hotclub.db import router
from hotclub.utils.text import get_text_list
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import ngettext


def guarded_form(base_form: Any, can_change: bool, can_add: bool) -> Any:
    """Return a subclass of a form that has nothing to save where the user may not save it.

    Args:
        base_form: the form class.
        can_change: whether existing rows may be changed.
        can_add: whether rows may be added.
    """

    class GuardedForm(base_form):  # type: ignore[misc]  # chosen at run time
        def has_changed(self) -> bool:
            adding = self.instance._state.adding
            if (adding and not can_add) or (not adding and not can_change):
                return False
            changed: bool = super().has_changed()
            return changed

    return _named_as(GuardedForm, base_form)


def guarded_formset(base_formset: Any, max_display: int | None) -> Any:
    """Return a subclass of a formset that refuses to delete rows which protected objects depend on.

    Args:
        base_formset: the formset class.
        max_display: how many of those objects are named; all if None.
    """

    class GuardedFormSet(base_formset):  # type: ignore[misc]  # chosen at run time
        def clean(self) -> None:
            super().clean()
            errors = [_protection_error(form.instance, max_display) for form in self.deleted_forms]
            errors = [error for error in errors if error]
            if errors:
                raise ValidationError(errors)

    return _named_as(GuardedFormSet, base_formset)


def _named_as(made: Any, base: Any) -> Any:
    made.__name__, made.__qualname__, made.__module__ = base.__name__, base.__qualname__, base.__module__
    return made


def _protection_error(instance: Any, max_display: int | None) -> ValidationError | None:
    if instance._state.adding:
        return None
    collector = NestedObjects(using=router.db_for_write(type(instance)))
    collector.collect([instance])
    if not collector.protected:
        return None
    found = [
        _("%(class_name)s %(instance)s") % {"class_name": obj._meta.verbose_name, "instance": obj}
        for obj in collector.protected
    ]
    message = _(
        "Deleting %(class_name)s %(instance)s would require deleting the following protected related objects: "
        "%(related_objects)s"
    )
    params = {
        "class_name": instance._meta.verbose_name,
        "instance": instance,
        "related_objects": _enumerated(found, max_display),
    }
    return ValidationError(message, code="deleting_protected", params=params)


def _enumerated(found: list[str], max_display: int | None) -> str:
    if max_display is None or len(found) <= max_display:
        return get_text_list(found, _("and"))
    if max_display == 0:
        return ""
    left_out = len(found) - max_display
    more = ngettext("…and %(count)d more object.", "…and %(count)d more objects.", left_out) % {"count": left_out}
    return f"{', '.join(found[:max_display])} {more}"
