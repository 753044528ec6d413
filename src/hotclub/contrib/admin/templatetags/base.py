"""Inclusion tags whose template can be overridden for one app or one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.template.library import InclusionNode, parse_bits


class InclusionAdminNode(InclusionNode):
    """Renders the first of `admin/<app>/<model>/…`, `admin/<app>/…` and `admin/…` that exists.

    Args:
        name: name of the tag.
        parser: the parser.
        token: the tag.
        func: gives the context of the template.
        template_name: name of the template, without folder.
        takes_context: whether `func` takes the context first.
    """

    def __init__(
        self,
        name: str,
        parser: Any,
        token: Any,
        func: Callable[..., Any],
        template_name: str,
        takes_context: bool = True,
    ) -> None:
        self.template_name = template_name
        # Read off the code object: annotations are none of our business, and may not be ready to be looked at.
        code = func.__code__
        params = list(code.co_varnames[: code.co_argcount])
        bits = token.split_contents()
        args, kwargs = parse_bits(
            parser, bits[1:], params, None, None, func.__defaults__, [], None, takes_context, bits[0]
        )
        super().__init__(func=func, takes_context=takes_context, args=args, kwargs=kwargs, filename=None)
        self.tag_name = name

    def render(self, context: Any) -> Any:
        opts = context["opts"]
        app_label = opts.app_label.lower()
        object_name = opts.model_name
        # The choice depends on the model, so it is made anew for each render.
        context.render_context[self] = context.template.engine.select_template(
            [
                f"admin/{app_label}/{object_name}/{self.template_name}",
                f"admin/{app_label}/{self.template_name}",
                f"admin/{self.template_name}",
            ]
        )
        return super().render(context)
