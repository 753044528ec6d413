"""The same templates in each language.

The peers get URLs from a function that fills a format string: they have no routes to reverse. That is the fastest
that a project with those engines could do.
"""

from __future__ import annotations

# The page: three levels of inheritance, includes, loops, filters, URLs, a custom tag ---------------------------------

BASE = """<!doctype html>
<html lang="en"><head><title>{% block title %}Shop{% endblock %}</title></head><body>
<nav>{% for entry in menu %}<a href="{{ entry.url }}"{% if entry.active %} class="on"{% endif %}>{{ entry.label }}</a>{% endfor %}</nav>
<main>{% block content %}{% endblock %}</main>
<footer>{% block footer %}{{ year }} {{ owner.name }}{% endblock %}</footer></body></html>"""

SECTION = """{% extends "base.html" %}{% block title %}{{ section }} - {{ block.super }}{% endblock %}
{% block content %}<h1>{{ section }}</h1>{% block list %}{% endblock %}{% endblock %}"""

PAGE = """{% extends "section.html" %}{% load bench %}{% block list %}
{% for item in items %}<div class="{% cycle 'odd' 'even' %}">{% include "item.html" %}</div>{% empty %}<p>Nothing.</p>{% endfor %}
{% with total=items|length %}<p>{{ total }} item{{ total|pluralize }}</p>{% endwith %}
<a href="{% url 'list' page=2 %}">Next</a> {% stars 4 %}
{% endblock %}"""

ITEM = """<h2><a href="{% url 'item' pk=item.pk slug=item.slug %}">{{ item.title }}</a></h2>
<p>{{ item.text|truncatewords:12 }}</p><time>{{ item.added|date:"d M Y" }}</time>
{% if item.price > 10 and item.stock %}<b>{{ item.price|floatformat:2 }}</b>{% elif item.stock %}<i>{{ item.price|floatformat:1 }}</i>{% else %}sold out{% endif %}
<ul>{% for tag in item.tags %}<li{% if forloop.first %} class="first"{% endif %}>{{ tag|lower }}</li>{% endfor %}</ul>"""

JINJA_SECTION = """{% extends "base.html" %}{% block title %}{{ section }} - {{ super() }}{% endblock %}
{% block content %}<h1>{{ section }}</h1>{% block list %}{% endblock %}{% endblock %}"""

JINJA_PAGE = """{% extends "section.html" %}{% block list %}
{% for item in items %}<div class="{{ loop.cycle('odd', 'even') }}">{% include "item.html" %}</div>{% else %}<p>Nothing.</p>{% endfor %}
{% with total=items|length %}<p>{{ total }} item{{ "s" if total != 1 else "" }}</p>{% endwith %}
<a href="{{ url('list', page=2)|safe }}">Next</a> {{ stars(4) }}
{% endblock %}"""

JINJA_ITEM = """<h2><a href="{{ url('item', pk=item.pk, slug=item.slug)|safe }}">{{ item.title }}</a></h2>
<p>{{ item.text|truncatewords(12) }}</p><time>{{ item.added|date }}</time>
{% if item.price > 10 and item.stock %}<b>{{ item.price|floatformat(2) }}</b>{% elif item.stock %}<i>{{ item.price|floatformat(1) }}</i>{% else %}sold out{% endif %}
<ul>{% for tag in item.tags %}<li{% if loop.first %} class="first"{% endif %}>{{ tag|lower }}</li>{% endfor %}</ul>"""

MAKO_BASE = """<!doctype html>
<html lang="en"><head><title><%block name="title">Shop</%block></title></head><body>
<nav>\\
% for entry in menu:
<a href="${entry["url"]}"${' class="on"' if entry["active"] else "" | n}>${entry["label"]}</a>\\
% endfor
</nav>
<main><%block name="content"></%block></main>
<footer><%block name="footer">${year} ${owner.name}</%block></footer></body></html>"""

MAKO_SECTION = """<%inherit file="base.html"/><%block name="title">${section} - ${parent.title()}</%block>\\
<%block name="content"><h1>${section}</h1><%block name="list"></%block></%block>"""

MAKO_PAGE = """<%inherit file="section.html"/><%block name="list">
% for item in items:
<div class="${loop.cycle('odd', 'even')}"><%include file="item.html" args="item=item"/></div>\\
% endfor
% if not items:
<p>Nothing.</p>\\
% endif

<% total = len(items) %><p>${total} item${"s" if total != 1 else ""}</p>
<a href="${url('list', page=2) | n}">Next</a> ${stars(4)}
</%block>"""

MAKO_ITEM = """<%page args="item"/><h2><a href="${url('item', pk=item.pk, slug=item.slug) | n}">${item.title}</a></h2>
<p>${truncatewords(item.text, 12)}</p><time>${date(item.added)}</time>
% if item.price > 10 and item.stock:
<b>${floatformat(item.price, 2)}</b>
% elif item.stock:
<i>${floatformat(item.price, 1)}</i>
% else:
sold out
% endif
<ul>\\
% for tag in item.tags:
<li${' class="first"' if loop.first else "" | n}>${tag.lower()}</li>\\
% endfor
</ul>"""

# The small cases -----------------------------------------------------------------------------------------------------

TABLE = """<table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell|upper }}</td>{% endfor %}</tr>
{% endfor %}</table>"""

INTEGERS = TABLE.replace("|upper", "")

MAKO_TABLE = """<table>
% for row in rows:
<tr>\\
% for cell in row:
<td>${cell.upper()}</td>\\
% endfor
</tr>
% endfor
</table>"""

ATTRIBUTES = "{% for item in items %}<p>{{ item.title }} {{ item.pk }} {{ item.slug }}</p>{% endfor %}"
MAKO_ATTRIBUTES = """\\
% for item in items:
<p>${item.title} ${item.pk} ${item.slug}</p>\\
% endfor
"""

VARIABLES = "".join(f"<p>{{{{ v{i} }}}}</p>" for i in range(300))
MAKO_VARIABLES = "".join(f"<p>${{v{i}}}</p>" for i in range(300))

FILTERS = "".join(f'{{{{ v{i}|lower|capfirst|upper|title|default:"none" }}}}\n' for i in range(200))
JINJA_FILTERS = FILTERS.replace("capfirst", "capitalize").replace('default:"none"', 'default("none")')
MAKO_FILTERS = "".join(f'${{v{i}.lower().capitalize().upper().title() or "none"}}\n' for i in range(200))

SMALL = "Hello {{ name }}!"

INCLUDES = '{% for row in rows %}{% include "row.html" %}{% endfor %}'
ROW = "<li>{{ row.name }}: {{ row.value }}</li>"
MAKO_INCLUDES = """\\
% for row in rows:
<%include file="row.html" args="row=row"/>\\
% endfor
"""
MAKO_ROW = '<%page args="row"/><li>${row["name"]}: ${row["value"]}</li>'

# A template of 90 lines for the first compile ------------------------------------------------------------------------

LONG = """<!doctype html>
<html lang="{{ language }}">
<head>
  <meta charset="utf-8">
  <title>{% block title %}{{ title }} | {{ shop.name }}{% endblock %}</title>
  <link rel="stylesheet" href="{{ static }}css/shop.css">
  {% block extrahead %}{% endblock %}
</head>
<body class="{% if user.is_authenticated %}member{% else %}guest{% endif %}">
<header>
  <a class="logo" href="{{ home }}">{{ shop.name }}</a>
  <nav>
    <ul>
    {% for entry in menu %}
      <li{% if entry.active %} class="on"{% endif %}>
        <a href="{{ entry.url }}">{{ entry.label|title }}</a>
        {% if entry.children %}
        <ul>
          {% for child in entry.children %}
          <li><a href="{{ child.url }}">{{ child.label }}</a></li>
          {% endfor %}
        </ul>
        {% endif %}
      </li>
    {% endfor %}
    </ul>
  </nav>
  {% if user.is_authenticated %}
    <p>Hello, {{ user.name|upper }}. You have {{ user.messages|length }} messages.</p>
  {% else %}
    <p><a href="{{ login }}">Log in</a></p>
  {% endif %}
</header>
<main>
  {% block content %}
  <h1>{{ title }}</h1>
  {% if notices %}
  <ul class="notices">
    {% for notice in notices %}
    <li class="{{ notice.level }}">{{ notice.text }}</li>
    {% endfor %}
  </ul>
  {% endif %}
  <table>
    <thead>
      <tr>
        <th>#</th>
        <th>Product</th>
        <th>Price</th>
        <th>Stock</th>
        <th>Tags</th>
      </tr>
    </thead>
    <tbody>
    {% for item in items %}
      <tr id="item-{{ item.pk }}">
        <td>{{ COUNTER }}</td>
        <td><a href="{{ item.url }}">{{ item.title }}</a><br>{{ item.text|upper }}</td>
        <td>{{ item.price }}</td>
        <td>
          {% if item.stock > 10 %}
            plenty
          {% elif item.stock > 0 and item.active %}
            {{ item.stock }} left
          {% else %}
            none
          {% endif %}
        </td>
        <td>
          {% for tag in item.tags %}<span>{{ tag|lower }}</span>{% if not LAST %}, {% endif %}{% endfor %}
        </td>
      </tr>
    {% EMPTY %}
      <tr><td colspan="5">Nothing here.</td></tr>
    {% endfor %}
    </tbody>
  </table>
  {% with total=items|length %}
  <p>{{ total }} products, page {{ page.number }} of {{ page.count }}</p>
  {% endwith %}
  {% endblock %}
</main>
<footer>
  {% block footer %}
  <address>{{ shop.address.street }}, {{ shop.address.city }}</address>
  <p>{{ shop.phone|default:"no phone" }} {{ shop.mail|lower }}</p>
  <p>{{ year }} {{ shop.owner }}</p>
  {% endblock %}
</footer>
</body>
</html>
"""

DJANGO_LONG = LONG.replace("COUNTER", "forloop.counter").replace("LAST", "forloop.last").replace("EMPTY", "empty")
JINJA_LONG = (
    LONG.replace("COUNTER", "loop.index")
    .replace("LAST", "loop.last")
    .replace("EMPTY", "else")
    .replace('default:"no phone"', 'default("no phone")')
)


DJANGO = {
    "base.html": BASE,
    "section.html": SECTION,
    "page.html": PAGE,
    "item.html": ITEM,
    "table.html": TABLE,
    "integers.html": INTEGERS,
    "attributes.html": ATTRIBUTES,
    "variables.html": VARIABLES,
    "filters.html": FILTERS,
    "small.html": SMALL,
    "includes.html": INCLUDES,
    "row.html": ROW,
    "long.html": DJANGO_LONG,
}

JINJA = {
    **DJANGO,
    "section.html": JINJA_SECTION,
    "page.html": JINJA_PAGE,
    "item.html": JINJA_ITEM,
    "filters.html": JINJA_FILTERS,
    "long.html": JINJA_LONG,
}

MAKO = {
    "base.html": MAKO_BASE,
    "section.html": MAKO_SECTION,
    "page.html": MAKO_PAGE,
    "item.html": MAKO_ITEM,
    "table.html": MAKO_TABLE,
    "integers.html": MAKO_TABLE.replace("cell.upper()", "cell"),
    "attributes.html": MAKO_ATTRIBUTES,
    "variables.html": MAKO_VARIABLES,
    "filters.html": MAKO_FILTERS,
    "small.html": "Hello ${name}!",
    "includes.html": MAKO_INCLUDES,
    "row.html": MAKO_ROW,
}
