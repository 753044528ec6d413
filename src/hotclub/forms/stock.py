"""The built-in form templates as functions, for the renderer whose built-in templates nothing can replace.

`forms.renderers.DjangoTemplates` looks into the built-in folder first, so what these templates give is fixed; computing it
directly costs a quarter of rendering them. Every function equals its template but for white space; a test compares them.
A function returns None where it cannot know (an option with a template of its own): then the template is rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hotclub.utils.formats import localize
from hotclub.utils.html import conditional_escape
from hotclub.utils.timezone import template_localtime

StockTemplate = Callable[[Mapping[str, Any]], "str | None"]

_PREFIX = "hotclub/forms/"
_OPTION = f"{_PREFIX}widgets/select_option.html"
_INPUT_OPTIONS = {f"{_PREFIX}widgets/{name}_option.html" for name in ("input", "radio", "checkbox")}


def _text(value: Any) -> str:
    """Show a value as a template variable does."""
    if not isinstance(value, str):
        value = localize(template_localtime(value))
    return str(conditional_escape(value))


def _plain(value: Any) -> str:
    """Show a value unlocalised, as machines read it back."""
    return str(conditional_escape(value if isinstance(value, str) else str(value)))


def _attrs(attrs: Mapping[str, Any]) -> str:
    parts = []
    for name, value in attrs.items():
        if value is True:
            parts.append(f" {_text(name)}")
        elif value is not False:
            parts.append(f' {_text(name)}="{_plain(value)}"')
    return "".join(parts)


def _input_html(widget: Mapping[str, Any]) -> str:
    value = widget["value"]
    shown = "" if value is None else f' value="{_plain(value)}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{shown}{_attrs(widget["attrs"])}>'


def _input(context: Mapping[str, Any]) -> str | None:
    return _input_html(context["widget"])


def _textarea(context: Mapping[str, Any]) -> str | None:
    widget = context["widget"]
    value = widget["value"]
    content = _text(value) if value else ""
    return f'<textarea name="{_text(widget["name"])}"{_attrs(widget["attrs"])}>\n{content}</textarea>'


def _option_html(option: Mapping[str, Any]) -> str:
    return f'<option value="{_plain(option["value"])}"{_attrs(option["attrs"])}>{_text(option["label"])}</option>'


def _select(context: Mapping[str, Any]) -> str | None:
    widget = context["widget"]
    parts = [f'<select name="{_text(widget["name"])}"{_attrs(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{_text(group)}">')
        for option in options:
            if option["template_name"] != _OPTION:
                return None
            parts.append(f"\n  {_option_html(option)}")
        if group:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>")
    return "".join(parts)


def _input_option_html(option: Mapping[str, Any]) -> str:
    html = _input_html(option)
    if not option["wrap_label"]:
        return html
    id_ = option["attrs"].get("id")
    target = f' for="{_text(id_)}"' if id_ else ""
    return f"<label{target}>{html} {_text(option['label'])}</label>"


def _multiple_input(context: Mapping[str, Any]) -> str | None:
    widget = context["widget"]
    attrs = widget["attrs"]
    parts = ["<div"]
    parts += [f' {name}="{_text(attrs[name])}"' for name in ("id", "class") if attrs.get(name)]
    parts.append(">")
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f"<div><label>{_text(group)}</label>")
        for option in options:
            if option["template_name"] not in _INPUT_OPTIONS:
                return None
            parts.append(f"<div>\n{_input_option_html(option)}</div>\n")
        if group:
            parts.append("</div>")
    parts.append("</div>")
    return "".join(parts)


def _multiwidget(context: Mapping[str, Any]) -> str | None:
    parts = []
    for widget in context["widget"]["subwidgets"]:
        render = STOCK.get(widget["template_name"])
        html = render({"widget": widget}) if render else None
        if html is None:
            return None
        parts.append(html)
    return "".join(parts)


def _label(context: Mapping[str, Any]) -> str | None:
    label = _text(context["label"])
    if not context["use_tag"]:
        return label
    tag = _text(context["tag"])
    return f"<{tag}{_attrs(context['attrs'] or {})}>{label}</{tag}>"


def _error_list(context: Mapping[str, Any]) -> str | None:
    errors = context["errors"]
    if not errors:
        return ""
    field_id = getattr(errors, "field_id", None)
    id_ = f' id="{_text(field_id)}_error"' if field_id else ""
    items = "".join(f"<li>{_text(error)}</li>" for error in errors)
    return f'<ul class="{_text(context["error_class"])}"{id_}>{items}</ul>'


def _help_text(field: Any) -> str:
    if not field.help_text:
        return ""
    id_ = f' id="{_text(field.auto_id)}_helptext"' if field.auto_id else ""
    return f'<div class="helptext"{id_}>{field.help_text}</div>'


def _field(context: Mapping[str, Any]) -> str | None:
    field = context["field"]
    help_text = _help_text(field)
    errors = field.errors
    shown_errors = str(errors) if errors else ""
    if not field.use_fieldset:
        label = field.label_tag() if field.label else ""
        return f"{label}\n{help_text}\n{shown_errors}\n{field}"
    described_by = field.aria_describedby
    described = f' aria-describedby="{_text(described_by)}"' if described_by else ""
    legend = field.legend_tag() if field.label else ""
    return f"<fieldset{described}>\n{legend}\n{help_text}\n{shown_errors}\n{field}</fieldset>"


def _div(context: Mapping[str, Any]) -> str | None:
    errors, fields = context["errors"], context["fields"]
    hidden = "".join(str(field) for field in context["hidden_fields"])
    parts = [str(errors) if errors else ""]
    if not fields:
        parts.append(f"<div>{hidden}</div>" if errors else hidden)
        return "\n".join(parts)
    last = len(fields) - 1
    for index, (field, _errors) in enumerate(fields):
        classes = field.css_classes()
        css = f' class="{_text(classes)}"' if classes else ""
        parts.append(f"<div{css}>\n{field.as_field_group()}\n{hidden if index == last else ''}</div>")
    return "\n".join(parts)


_INPUTS = [
    "input",
    "text",
    "number",
    "email",
    "url",
    "color",
    "search",
    "tel",
    "password",
    "hidden",
    "date",
    "datetime",
    "time",
    "checkbox",
    "file",
]
_MULTIWIDGETS = ("multiwidget", "multiple_hidden", "splitdatetime", "splithiddendatetime", "select_date")

STOCK: dict[str, StockTemplate] = {
    **{f"{_PREFIX}widgets/{name}.html": _input for name in _INPUTS},
    **{f"{_PREFIX}widgets/{name}.html": _multiple_input for name in ("multiple_input", "radio", "checkbox_select")},
    **{f"{_PREFIX}widgets/{name}.html": _multiwidget for name in _MULTIWIDGETS},
    f"{_PREFIX}widgets/textarea.html": _textarea,
    f"{_PREFIX}widgets/select.html": _select,
    f"{_PREFIX}label.html": _label,
    f"{_PREFIX}errors/list/ul.html": _error_list,
    f"{_PREFIX}errors/list/default.html": _error_list,
    f"{_PREFIX}field.html": _field,
    f"{_PREFIX}div.html": _div,
}
