"""Forms: fields, widgets, forms and formsets, as a pure engine.

Theory of operation: a form class is built once, by a metaclass that collects declared fields. An instance copies the
fields, is bound to data or not, cleans each field through its widget and its `clean()`, and renders itself through a
*renderer*, an object with `render(template_name, context)`.

Rules:
    1. No settings, no ORM, no database. What depends on settings comes through `environment`, filled by `hotclub.forms`.
    2. Validators are the functions and classes of `core.validators`; a field says which apply.
    3. Errors are `ValidationError`s kept whole (message, code, params) until they are rendered.
    4. Whatever is shared between instances (fields of a class, widgets, choices) is copied before it may be changed.
"""
