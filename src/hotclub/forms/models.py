"""Forms of models, as documented: a façade over `model_choices`, `model_form` and `model_formset`."""

from hotclub._orm.fields import register_form_field
from hotclub.forms.model_choices import (
    InlineForeignKeyField,
    ModelChoiceField,
    ModelChoiceIterator,
    ModelChoiceIteratorValue,
    ModelMultipleChoiceField,
)
from hotclub.forms.model_form import (
    ALL_FIELDS,
    BaseModelForm,
    ModelForm,
    ModelFormMetaclass,
    ModelFormOptions,
    apply_limit_choices_to_to_formfield,
    construct_instance,
    fields_for_model,
    model_to_dict,
    modelform_defines_fields,
    modelform_factory,
)
from hotclub.forms.model_formset import (
    BaseInlineFormSet,
    BaseModelFormSet,
    _get_foreign_key,
    inlineformset_factory,
    modelformset_factory,
)

__all__ = [
    "ALL_FIELDS",
    "BaseInlineFormSet",
    "BaseModelForm",
    "BaseModelFormSet",
    "InlineForeignKeyField",
    "ModelChoiceField",
    "ModelChoiceIterator",
    "ModelChoiceIteratorValue",
    "ModelForm",
    "ModelFormMetaclass",
    "ModelFormOptions",
    "ModelMultipleChoiceField",
    "_get_foreign_key",
    "apply_limit_choices_to_to_formfield",
    "construct_instance",
    "fields_for_model",
    "inlineformset_factory",
    "model_to_dict",
    "modelform_defines_fields",
    "modelform_factory",
    "modelformset_factory",
]

# Model fields make these two for relations; they find them by name, since they know no query.
register_form_field("ModelChoiceField", ModelChoiceField)
register_form_field("ModelMultipleChoiceField", ModelMultipleChoiceField)
