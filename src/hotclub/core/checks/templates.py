"""Checks of templates, registered here and carried out by the template system.

The registry lies below the template system, so its parts are found by their paths when a check runs.
"""

from __future__ import annotations

from typing import Any

from hotclub.core.checks.registry import Tags, register
from hotclub.utils.module_loading import import_string


@register(Tags.templates)
def check_templates(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Let every template engine check its configuration."""
    engines = import_string("hotclub.template.engines")
    return [message for engine in engines.all() for message in engine.check()]


@register(Tags.templates, deploy=True)
def check_template_sources(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Parse the project's templates and look for the tags, templates and static files they name."""
    found: list[Any] = import_string("hotclub.template.checks.check_template_sources")(app_configs, **kwargs)
    return found
