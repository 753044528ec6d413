"""Views: `View` and, in the modules below, everything a view may be made of."""

from hotclub.views.generic.base import View

__all__ = ["View"]
