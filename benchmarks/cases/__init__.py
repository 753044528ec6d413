"""The cases, by name. A case prepares itself for a scale and gives a function that runs it n times, and one that gives its result."""

from __future__ import annotations

from benchmarks.cases import cold, forms, http, memory, orm, start, templates

CASES = {case.name: case for group in (http, orm, cold, memory, start, templates, forms) for case in group.CASES}
