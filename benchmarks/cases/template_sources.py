"""The templates that are measured."""

TABLE = """<table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell|upper }}</td>{% endfor %}</tr>
{% endfor %}</table>"""

JINJA_TABLE = TABLE  # the same text is a Jinja2 template too

BASE = """<!doctype html><html><head><title>{% block title %}Shop{% endblock %}</title></head><body>
<nav>{% for entry in menu %}<a href="{{ entry.url }}"{% if entry.active %} class="on"{% endif %}>{{ entry.label }}</a>{% endfor %}</nav>
<main>{% block content %}{% endblock %}</main><footer>{% block footer %}{{ year }}{% endblock %}</footer></body></html>"""

SECTION = """{% extends "base.html" %}{% block title %}{{ section }} - {{ block.super }}{% endblock %}
{% block content %}<h1>{{ section }}</h1>{% block list %}{% endblock %}{% endblock %}"""

PAGE = """{% extends "section.html" %}{% block list %}
{% for item in items %}{% include "item.html" %}{% empty %}<p>Nothing.</p>{% endfor %}
{% with total=items|length %}<p>{{ total }} item{{ total|pluralize }}</p>{% endwith %}{% endblock %}"""

ITEM = """<article class="{% cycle 'odd' 'even' %}"><h2><a href="{% url 'item' pk=item.pk slug=item.slug %}">{{ item.title }}</a></h2>
<p>{{ item.text|truncatewords:12 }}</p>{% if item.price > 10 and item.stock %}<b>{{ item.price|floatformat:2 }}</b>{% elif item.stock %}<i>{{ item.price }}</i>{% else %}sold out{% endif %}
<ul>{% for tag in item.tags %}<li{% if forloop.first %} class="first"{% endif %}>{{ tag|lower }}</li>{% endfor %}</ul></article>"""

VARIABLES = "".join(f"<p>{{{{ v{i} }}}}</p>" for i in range(300))

SOURCES = {
    "table.html": TABLE,
    "base.html": BASE,
    "section.html": SECTION,
    "page.html": PAGE,
    "item.html": ITEM,
    "variables.html": VARIABLES,
    "small.html": "Hello {{ name }}!",
}
