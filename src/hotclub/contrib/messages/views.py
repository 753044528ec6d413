"""`SuccessMessageMixin`: a message after a valid form."""

from __future__ import annotations

from typing import Any

from hotclub.contrib import messages


class SuccessMessageMixin:
    """Adds a message when the form of a view is valid.

    Attributes:
        success_message: text; `%(field)s` stands for cleaned data.

    Source: docs ref/contrib/messages, "Adding messages in class-based views".
    """

    success_message = ""

    def form_valid(self, form: Any) -> Any:
        """Add the message."""
        response = super().form_valid(form)  # type: ignore[misc]  # mixed into a form view
        message = self.get_success_message(form.cleaned_data)
        if message:
            messages.success(self.request, message)  # type: ignore[attr-defined]
        return response

    def get_success_message(self, cleaned_data: Any) -> str:
        """Give the text; nothing for no message."""
        return self.success_message % cleaned_data  # type: ignore[no-any-return]
