"""Widgets: how a value is shown as HTML and read back from submitted data. Re-exports the modules of this package."""

from hotclub._forms.media import Media, MediaAsset, MediaDefiningClass, MediaOrderConflictWarning, Script, Stylesheet
from hotclub._forms.widgets.choices import (
    CheckboxSelectMultiple,
    ChoiceWidget,
    NullBooleanSelect,
    RadioSelect,
    Select,
    SelectMultiple,
)
from hotclub._forms.widgets.dates import DateInput, DateTimeBaseInput, DateTimeInput, SelectDateWidget, TimeInput
from hotclub._forms.widgets.files import FILE_INPUT_CONTRADICTION, ClearableFileInput, FileInput
from hotclub._forms.widgets.inputs import (
    CheckboxInput,
    ColorInput,
    EmailInput,
    HiddenInput,
    Input,
    MultipleHiddenInput,
    NumberInput,
    PasswordInput,
    SearchInput,
    TelInput,
    Textarea,
    TextInput,
    URLInput,
)
from hotclub._forms.widgets.multi import MultiWidget, SplitDateTimeWidget, SplitHiddenDateTimeWidget
from hotclub._forms.widgets.widget import Widget

__all__ = [
    "FILE_INPUT_CONTRADICTION",
    "CheckboxInput",
    "CheckboxSelectMultiple",
    "ChoiceWidget",
    "ClearableFileInput",
    "ColorInput",
    "DateInput",
    "DateTimeBaseInput",
    "DateTimeInput",
    "EmailInput",
    "FileInput",
    "HiddenInput",
    "Input",
    "Media",
    "MediaAsset",
    "MediaDefiningClass",
    "MediaOrderConflictWarning",
    "MultiWidget",
    "MultipleHiddenInput",
    "NullBooleanSelect",
    "NumberInput",
    "PasswordInput",
    "RadioSelect",
    "Script",
    "SearchInput",
    "Select",
    "SelectDateWidget",
    "SelectMultiple",
    "SplitDateTimeWidget",
    "SplitHiddenDateTimeWidget",
    "Stylesheet",
    "TelInput",
    "TextInput",
    "Textarea",
    "TimeInput",
    "URLInput",
    "Widget",
]

for _name in __all__:
    _class = globals()[_name]
    if isinstance(_class, type):
        _class.__module__ = "hotclub.forms.widgets"
del _name, _class
