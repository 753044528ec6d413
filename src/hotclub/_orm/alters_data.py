"""Methods that change data keep templates from calling them, also where a subclass overrides them."""

from __future__ import annotations

from typing import Any


class AltersData:
    """Passes `alters_data` on from a method to the one that overrides it, unless that one says something itself."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, method in list(vars(cls).items()):
            if not callable(method) or hasattr(method, "alters_data"):
                continue
            for base in cls.__mro__[1:]:
                overridden = vars(base).get(name)
                if overridden is not None and hasattr(overridden, "alters_data"):
                    method.alters_data = overridden.alters_data
                    break


AltersData.__module__ = "hotclub.db.models.utils"
