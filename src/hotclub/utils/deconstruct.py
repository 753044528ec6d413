"""Objects that can be written into migrations."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar, overload

from hotclub.utils.version import get_docs_version

T = TypeVar("T", bound=type)


@overload
def deconstructible(klass: T, /, *, path: str | None = None) -> T: ...
@overload
def deconstructible(*, path: str | None = None) -> Callable[[T], T]: ...
def deconstructible(*args: Any, path: str | None = None) -> Any:
    """Decorate a class so that its instances remember the arguments of their construction.

    The class gets a method `deconstruct()` that returns (dotted path, args, kwargs).

    Args:
        path: dotted path to write, where it is not the place of definition. Subclasses write their own.
    """

    def decorator(klass: Any) -> Any:
        def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
            # Through super(), so that the signature of another parent's __new__() does not matter.
            obj = super(klass, cls).__new__(cls)
            obj._constructor_args = (args, kwargs)
            return obj

        def deconstruct(self: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
            """Return (dotted path, positional arguments, keyword arguments) to make the object again."""
            if path and type(self) is klass:
                module_name, _, name = path.rpartition(".")
            else:
                module_name, name = self.__module__, type(self).__name__
            if not hasattr(import_module(module_name), name):
                raise ValueError(
                    f"Could not find object {name} in {module_name}.\n"
                    "Please note that you cannot serialize things like inner classes. Please move the object into the "
                    "main module body to use migrations.\n"
                    f"For more information, see https://docs.djangoproject.com/en/{get_docs_version()}/topics/"
                    "migrations/#serializing-values"
                )
            given_path = path if path and type(self) is klass else f"{type(self).__module__}.{name}"
            return (given_path, *self._constructor_args)

        klass.__new__ = staticmethod(__new__)
        klass.deconstruct = deconstruct
        return klass

    return decorator(*args) if args else decorator
