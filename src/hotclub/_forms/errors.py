"""Collections of validation errors that keep the errors whole and render themselves. Must not know forms."""

from __future__ import annotations

from collections import UserList
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hotclub._forms.environment import environment
from hotclub._forms.rendering import RenderableErrorMixin
from hotclub.core.exceptions import ValidationError
from hotclub.utils.html import escape

if TYPE_CHECKING:
    from typing import Self


class ErrorDict(dict[str, Any], RenderableErrorMixin):
    """Errors by field name; each value is an `ErrorList`.

    Args:
        renderer: renders instead of the default renderer.
    """

    __module__ = "hotclub.forms.utils"

    template_name = "hotclub/forms/errors/dict/default.html"
    template_name_text = "hotclub/forms/errors/dict/text.txt"
    template_name_ul = "hotclub/forms/errors/dict/ul.html"

    def __init__(self, *args: Any, renderer: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.renderer = renderer or environment.default_renderer()

    __str__ = RenderableErrorMixin.__str__
    __html__ = RenderableErrorMixin.__html__

    def as_data(self) -> dict[str, list[ValidationError]]:
        """Return the errors as the exceptions they came from."""
        return {name: errors.as_data() for name, errors in self.items()}

    def get_json_data(self, escape_html: bool = False) -> dict[str, Any]:
        """Return the errors as data that JSON can hold."""
        return {name: errors.get_json_data(escape_html) for name, errors in self.items()}

    def get_context(self) -> dict[str, Any]:
        return {"errors": self.items(), "error_class": "errorlist"}

    def __copy__(self) -> ErrorDict:
        return self.copy()

    def copy(self) -> ErrorDict:
        """Return a shallow copy of the same class and renderer."""
        made = self.__class__(self, renderer=self.renderer)
        made.__dict__.update(self.__dict__)
        return made


class ErrorList(UserList[Any], list[Any], RenderableErrorMixin):  # type: ignore[misc]  # list makes it JSON serializable
    """Errors of one field, or of none.

    Args:
        initlist: messages or `ValidationError`s.
        error_class: CSS class added to `errorlist`.
        renderer: renders instead of the default renderer.
        field_id: id of the widget they belong to; the list gets `<id>_error`.
    """

    __module__ = "hotclub.forms.utils"

    template_name = "hotclub/forms/errors/list/default.html"
    template_name_text = "hotclub/forms/errors/list/text.txt"
    template_name_ul = "hotclub/forms/errors/list/ul.html"

    def __init__(
        self,
        initlist: Iterable[Any] | None = None,
        error_class: str | None = None,
        renderer: Any = None,
        field_id: str | None = None,
    ) -> None:
        super().__init__(initlist)
        self.error_class = "errorlist" if error_class is None else f"errorlist {error_class}"
        self.renderer = renderer or environment.default_renderer()
        self.field_id = field_id

    __str__ = RenderableErrorMixin.__str__
    __html__ = RenderableErrorMixin.__html__

    def as_data(self) -> list[ValidationError]:
        """Return the errors as the exceptions they came from."""
        return ValidationError(self.data).error_list

    def copy(self) -> Self:
        """Return a shallow copy with the same class, renderer and CSS class."""
        made = super().copy()
        made.error_class = self.error_class
        made.renderer = self.renderer
        return made

    def get_json_data(self, escape_html: bool = False) -> list[dict[str, str]]:
        """Return the errors as data that JSON can hold."""
        found = []
        for error in self.as_data():
            message = next(iter(error))
            found.append({"message": escape(message) if escape_html else message, "code": error.code or ""})
        return found

    def get_context(self) -> dict[str, Any]:
        return {"errors": self, "error_class": self.error_class}

    def __repr__(self) -> str:
        return repr(list(self))

    def __contains__(self, item: object) -> bool:
        return item in list(self)

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # a list

    def __iter__(self) -> Any:
        for index in range(len(self.data)):
            yield self[index]

    def __getitem__(self, index: Any) -> Any:
        error = self.data[index]
        if isinstance(error, ValidationError):
            return next(iter(error))
        return error

    def __reduce_ex__(self, protocol: Any) -> Any:
        # `list` would be pickled and deep-copied by iterating, which gives messages where errors should stay whole.
        made = super(UserList, self).__reduce_ex__(protocol)
        return (*made[:3], None, None)
