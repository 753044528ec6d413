"""The templates as Python functions: what is left when there is no template language."""

from __future__ import annotations

from html import escape

from benchmarks.templates.values import date, floatformat, stars, truncatewords, url


def table(rows):
    return (
        "<table>\n"
        + "\n".join(f"<tr>{''.join([f'<td>{escape(cell.upper())}</td>' for cell in row])}</tr>" for row in rows)
        + "\n</table>"
    )


def integers(rows):
    return (
        "<table>\n"
        + "\n".join(f"<tr>{''.join([f'<td>{cell}</td>' for cell in row])}</tr>" for row in rows)
        + "\n</table>"
    )


def attributes(items):
    return "".join([f"<p>{escape(item.title)} {item.pk} {escape(item.slug)}</p>" for item in items])


def variables(**values):
    return "".join([f"<p>{escape(value)}</p>" for value in values.values()])


def filters(**values):
    return "".join([f"{escape(values[f'v{i}'].lower().capitalize().upper().title() or 'none')}\n" for i in range(200)])


def small(name):
    return f"Hello {escape(name)}!"


def row(row):
    return f"<li>{escape(row['name'])}: {escape(row['value'])}</li>"


def includes(rows):
    return "".join([row(entry) for entry in rows])


def base(title, content, menu, year, owner):
    entries = "".join(
        [
            f'<a href="{escape(entry["url"])}"{CLASS_ON if entry["active"] else ""}>{escape(entry["label"])}</a>'
            for entry in menu
        ]
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><title>{title}</title></head><body>\n<nav>{entries}</nav>\n'
        f"<main>{content}</main>\n<footer>{year} {escape(owner.name)}</footer></body></html>"
    )


CLASS_ON = ' class="on"'
CLASS_FIRST = ' class="first"'


def item(item):
    if item.price > 10 and item.stock:
        price = f"<b>{floatformat(item.price, 2)}</b>"
    elif item.stock:
        price = f"<i>{floatformat(item.price, 1)}</i>"
    else:
        price = "sold out"
    tags = "".join([f"<li{'' if i else CLASS_FIRST}>{escape(tag.lower())}</li>" for i, tag in enumerate(item.tags)])
    return (
        f'<h2><a href="{url("item", pk=item.pk, slug=item.slug)}">{escape(item.title)}</a></h2>\n'
        f"<p>{escape(truncatewords(item.text, 12))}</p><time>{date(item.added)}</time>\n{price}\n<ul>{tags}</ul>"
    )


def page(section, items, menu, year, owner):
    section = escape(section)
    parts = [f'<div class="{"even" if i % 2 else "odd"}">{item(entry)}</div>' for i, entry in enumerate(items)] or [
        "<p>Nothing.</p>"
    ]
    total = len(items)
    content = (
        f"<h1>{section}</h1>\n{''.join(parts)}\n<p>{total} item{'s' if total != 1 else ''}</p>\n"
        f'<a href="{url("list", page=2)}">Next</a> {stars(4)}\n'
    )
    return base(f"{section} - Shop", content, menu, year, owner)


FUNCTIONS = {
    "table.html": table,
    "integers.html": integers,
    "attributes.html": attributes,
    "variables.html": variables,
    "filters.html": filters,
    "small.html": small,
    "includes.html": includes,
    "page.html": page,
}
