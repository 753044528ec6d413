"""Form fields, as documented."""

from hotclub._forms.fields import *  # noqa: F403
from hotclub._forms.fields import __all__ as _names

__all__ = [name for name in _names if name not in {"BaseTemporalField", "InvalidJSONInput", "JSONString"}]
