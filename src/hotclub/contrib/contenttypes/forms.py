"""Formsets for the objects that point at one object."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.contenttypes.models import ContentType
from hotclub.db import models
from hotclub.forms import ModelForm, modelformset_factory
from hotclub.forms.models import BaseModelFormSet


class BaseGenericInlineFormSet(BaseModelFormSet):  # type: ignore[misc]
    """A formset of the objects that point at an instance.

    Args:
        instance: what they point at.
        save_as_new: save them as new objects.
    """

    ct_field: Any
    ct_fk_field: Any
    for_concrete_model = True

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
        options = self.model._meta
        self.instance = instance
        self.rel_name = f"{options.app_label}-{options.model_name}-{self.ct_field.name}-{self.ct_fk_field.name}"
        self.save_as_new = save_as_new
        if instance is None or not instance._is_pk_set():
            objects = self.model._default_manager.none()
        else:
            if queryset is None:
                queryset = self.model._default_manager
            content_type = ContentType.objects.get_for_model(instance, for_concrete_model=self.for_concrete_model)
            objects = queryset.filter(**{self.ct_field.name: content_type, self.ct_fk_field.name: instance.pk})
        super().__init__(queryset=objects, data=data, files=files, prefix=prefix, **kwargs)

    def initial_form_count(self) -> int:
        return 0 if self.save_as_new else int(super().initial_form_count())

    @classmethod
    def get_default_prefix(cls) -> str:
        options = cls.model._meta
        return f"{options.app_label}-{options.model_name}-{cls.ct_field.name}-{cls.ct_fk_field.name}"

    def save_new(self, form: Any, commit: bool = True) -> Any:
        content_type = ContentType.objects.get_for_model(self.instance, for_concrete_model=self.for_concrete_model)
        setattr(form.instance, self.ct_field.attname, content_type.pk)
        setattr(form.instance, self.ct_fk_field.attname, self.instance.pk)
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
    """Return a formset class for a model with a generic foreign key.

    Args:
        model: that model.
        ct_field, fk_field: names of its two fields.
        for_concrete_model: as on the generic foreign key.
        (others): as for `modelformset_factory`.

    Raises:
        Exception: the field is no foreign key to content types.
    """
    options = model._meta
    content_type_field = options.get_field(ct_field)
    if not isinstance(content_type_field, models.ForeignKey) or content_type_field.remote_field.model != ContentType:
        raise Exception(f"fk_name '{ct_field}' is not a ForeignKey to ContentType")  # documented type
    key_field = options.get_field(fk_field)
    exclude = [*(exclude or []), content_type_field.name, key_field.name]
    FormSet = modelformset_factory(
        model,
        form=form,
        formfield_callback=formfield_callback,
        formset=formset,
        extra=extra,
        can_delete=can_delete,
        can_order=can_order,
        fields=fields,
        exclude=exclude,
        max_num=max_num,
        validate_max=validate_max,
        min_num=min_num,
        validate_min=validate_min,
        absolute_max=absolute_max,
        can_delete_extra=can_delete_extra,
    )
    FormSet.ct_field = content_type_field
    FormSet.ct_fk_field = key_field
    FormSet.for_concrete_model = for_concrete_model
    return FormSet
