"""Forms, as documented."""

from hotclub._forms.form import BaseForm, DeclarativeFieldsMetaclass, Form

__all__ = ["BaseForm", "DeclarativeFieldsMetaclass", "Form"]
