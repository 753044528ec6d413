"""Forms as documented: fields, widgets, forms, formsets, and the forms of models.

A façade over `hotclub._forms` and `forms.models`; importing it connects the engine with settings, templates and static
files (`forms.environment`).
"""

import hotclub.forms.connect  # noqa: F401  # fills the engine's environment
from hotclub.forms.widgets import *  # noqa: F403
from hotclub.forms.widgets import __all__ as _widget_names
from hotclub.core.exceptions import ValidationError
from hotclub.forms.boundfield import BoundField, BoundWidget
from hotclub.forms.fields import *  # noqa: F403
from hotclub.forms.fields import __all__ as _field_names
from hotclub.forms.forms import BaseForm, DeclarativeFieldsMetaclass, Form
from hotclub.forms.formsets import BaseFormSet, all_valid, formset_factory
from hotclub.forms.models import (
    ALL_FIELDS,
    BaseInlineFormSet,
    BaseModelForm,
    BaseModelFormSet,
    ModelChoiceField,
    ModelForm,
    ModelMultipleChoiceField,
    fields_for_model,
    inlineformset_factory,
    model_to_dict,
    modelform_factory,
    modelformset_factory,
)
from hotclub.forms.utils import ErrorDict, ErrorList

__all__ = [
    "ALL_FIELDS",
    "BaseForm",
    "BaseFormSet",
    "BaseInlineFormSet",
    "BaseModelForm",
    "BaseModelFormSet",
    "BoundField",
    "BoundWidget",
    "DeclarativeFieldsMetaclass",
    "ErrorDict",
    "ErrorList",
    "Form",
    "ModelChoiceField",
    "ModelForm",
    "ModelMultipleChoiceField",
    "ValidationError",
    "all_valid",
    "fields_for_model",
    "formset_factory",
    "inlineformset_factory",
    "model_to_dict",
    "modelform_factory",
    "modelformset_factory",
]
__all__ += _widget_names
__all__ += _field_names
