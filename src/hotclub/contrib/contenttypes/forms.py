"""Formsets of the objects whose generic key points at one object."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.contenttypes.models import ContentType
from hotclub.db import models
from hotclub.forms import ModelForm, modelformset_factory
from hotclub.forms.models import BaseModelFormSet


class BaseGenericInlineFormSet(BaseModelFormSet):
    """A formset of the objects that point at `instance`.

    Source: docs ref/contrib/contenttypes, "BaseGenericInlineFormSet".
    """

    ct_field: Any
    ct_fk_field: Any
    for_concrete_model: bool

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        instance: Any = None,
        save_as_new: bool = False,
        prefix: str | None = None,
        queryset: Any = None,
        **kwargs: Any,
    ) -> None:
        opts = self.model._meta
        self.instance = instance
        self.rel_name = f"{opts.app_label}-{opts.model_name}-{self.ct_field.name}-{self.ct_fk_field.name}"
        self.save_as_new = save_as_new
        if instance is None or not instance._is_pk_set():
            found = self.model._default_manager.none()
        else:
            rows = self.model._default_manager if queryset is None else queryset
            found = rows.filter(**{self.ct_field.name: self._content_type(), self.ct_fk_field.name: instance.pk})
        super().__init__(queryset=found, data=data, files=files, prefix=prefix, **kwargs)

    def _content_type(self) -> Any:
        return ContentType.objects.get_for_model(self.instance, for_concrete_model=self.for_concrete_model)

    def initial_form_count(self) -> int:
        return 0 if self.save_as_new else super().initial_form_count()

    @classmethod
    def get_default_prefix(cls) -> str:
        opts = cls.model._meta
        return f"{opts.app_label}-{opts.model_name}-{cls.ct_field.name}-{cls.ct_fk_field.name}"

    def save_new(self, form: Any, commit: bool = True) -> Any:
        setattr(form.instance, self.ct_field.get_attname(), self._content_type().pk)
        setattr(form.instance, self.ct_fk_field.get_attname(), self.instance.pk)
        return form.save(commit=commit)


def generic_inlineformset_factory(
    model: Any,
    form: Any = ModelForm,
    formset: Any = BaseGenericInlineFormSet,
    ct_field: str = "content_type",
    fk_field: str = "object_id",
    fields: Any = None,
    exclude: Any = None,
    extra: int = 3,
    can_order: bool = False,
    can_delete: bool = True,
    max_num: int | None = None,
    formfield_callback: Any = None,
    validate_max: bool = False,
    for_concrete_model: bool = True,
    min_num: int | None = None,
    validate_min: bool = False,
    absolute_max: int | None = None,
    can_delete_extra: bool = True,
) -> Any:
    """Build a formset class for the objects that point at another by a generic key.

    Args:
        ct_field: name of the foreign key to `ContentType`.
        fk_field: name of the field with the object's key.
        for_concrete_model: whether a proxy model stands for its concrete model.

    Raises:
        Exception: `ct_field` is no foreign key to `ContentType`.

    Source: docs ref/contrib/contenttypes, "generic_inlineformset_factory".
    """
    type_field = model._meta.get_field(ct_field)
    if not isinstance(type_field, models.ForeignKey) or type_field.remote_field.model != ContentType:
        raise Exception(f"fk_name '{type_field}' is not a ForeignKey to ContentType")
    key_field = model._meta.get_field(fk_field)
    made = modelformset_factory(
        model,
        form=form,
        formfield_callback=formfield_callback,
        formset=formset,
        extra=extra,
        can_delete=can_delete,
        can_order=can_order,
        fields=fields,
        # The key is the formset's business.
        exclude=[*(exclude or ()), type_field.name, key_field.name],
        max_num=max_num,
        validate_max=validate_max,
        min_num=min_num,
        validate_min=validate_min,
        absolute_max=absolute_max,
        can_delete_extra=can_delete_extra,
    )
    made.ct_field = type_field
    made.ct_fk_field = key_field
    made.for_concrete_model = for_concrete_model
    return made
