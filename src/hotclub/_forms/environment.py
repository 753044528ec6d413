"""What the engine needs from the outside: the default renderer, URLs of assets, and whether times are aware.

`hotclub.forms` fills this at import. This module must not know settings, templates or static files.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol


class Renderer(Protocol):
    """Something that renders form templates; see `forms.renderers.BaseRenderer`."""

    form_template_name: str
    formset_template_name: str
    field_template_name: str

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str: ...


def _no_renderer() -> Renderer:
    raise RuntimeError("No form renderer is registered. Import hotclub.forms, or pass renderer=… to render().")


class Environment:
    """Hooks of the engine; each is a plain callable that may be replaced.

    Attributes:
        default_renderer: gives the renderer for forms that name none.
        asset_url: turns a relative path of a form's media into a URL.
        blank_choice_label: gives the text of the empty option of selects.
        use_tz: whether date-times are time zone aware.
        from_current_timezone: makes a naive date-time typed by the user aware, if times are.
        to_current_timezone: makes an aware date-time naive for display, if times are.
    """

    __slots__ = (
        "asset_url",
        "blank_choice_label",
        "default_renderer",
        "from_current_timezone",
        "to_current_timezone",
        "use_tz",
    )

    def __init__(self) -> None:
        self.default_renderer: Callable[[], Renderer] = _no_renderer
        self.asset_url: Callable[[str], str] = str
        self.blank_choice_label: Callable[[], Any] = _dashes
        self.use_tz: Callable[[], bool] = bool
        self.from_current_timezone: Callable[[Any], Any] = _unchanged
        self.to_current_timezone: Callable[[Any], Any] = _unchanged


def _dashes() -> str:
    return "---------"


def _unchanged(value: datetime | None) -> datetime | None:
    return value


environment = Environment()
