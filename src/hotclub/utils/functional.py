"""Lazy values: attributes computed once, texts and objects computed at the last moment.

This module holds the proxies that the rest of the package builds on; it knows no settings, no models, no templates.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable
from functools import lru_cache, total_ordering, wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")
C = TypeVar("C")

__all__ = [
    "LazyObject",
    "Promise",
    "SimpleLazyObject",
    "cached_property",
    "classproperty",
    "empty",
    "keep_lazy",
    "keep_lazy_text",
    "lazy",
    "lazystr",
    "partition",
    "unpickle_lazyobject",
]


class cached_property(Generic[T]):  # documented name
    """Turn a method with only `self` into an attribute that is computed once per instance.

    The value lands in the instance's `__dict__` under the attribute's name, so later reads do not come here at all.

    Raises:
        TypeError: one object was given two names, or the name was never set (assigned to a finished class).
    """

    def __init__(self, func: Callable[[Any], T]) -> None:
        self.func = func
        self.name: str | None = None
        self.__doc__ = getattr(func, "__doc__", None)

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name not in (None, name):
            raise TypeError(
                f"Cannot assign the same cached_property to two different names ({self.name!r} and {name!r})."
            )
        self.name = name

    @overload
    def __get__(self, instance: None, cls: type | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, cls: type | None = None) -> T: ...
    def __get__(self, instance: object | None, cls: type | None = None) -> Self | T:
        if instance is None:
            return self
        if self.name is None:
            raise TypeError("Cannot use cached_property instance without calling __set_name__() on it.")
        value = self.func(instance)
        instance.__dict__[self.name] = value
        return value


class classproperty(Generic[T]):  # documented name
    """A property of the class, readable without an instance."""

    def __init__(self, method: Callable[[Any], T] | None = None) -> None:
        self.fget = method

    def __get__(self, instance: object | None, cls: type | None = None) -> T:
        if self.fget is None:
            raise AttributeError("This classproperty has no getter; set one with the getter() decorator.")
        return self.fget(cls)

    def getter(self, method: Callable[[Any], T]) -> Self:
        """Set the function that computes the value; used as a decorator."""
        self.fget = method
        return self


class Promise:
    """Base of the proxies that `lazy` makes; `isinstance(x, Promise)` tells a lazy text from a text."""


_PROXY_OWN = frozenset(
    {
        "__class__", "__deepcopy__", "__delattr__", "__dict__", "__doc__", "__getattr__", "__getattribute__",
        "__getnewargs__", "__getnewargs_ex__", "__getstate__", "__init__", "__init_subclass__", "__module__", "__new__",
        "__reduce__", "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__", "__slots__", "__str__",
        "__subclasshook__", "__weakref__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__",
        "__format__", "__dir__", "__mod__", "__add__", "__radd__", "__mul__", "__rmul__",
    }
)  # fmt: skip


def _forward(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._cast(), name)(*args, **kwargs)

    method.__name__ = name
    return method


def _plain(value: Any) -> Any:
    return value._cast() if isinstance(value, _Proxy) else value


@total_ordering
class _Proxy(Promise):
    """What all proxies share; the subclass per result classes adds the forwarded methods."""

    _resultclasses: tuple[type, ...] = ()

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], kw: dict[str, Any]) -> None:
        self._func = func
        self._args = args
        self._kw = kw

    def _cast(self) -> Any:
        return self._func(*self._args, **self._kw)

    def __str__(self) -> str:
        return str(self._cast())

    def __repr__(self) -> str:
        return repr(self._cast())

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle_proxy, (self._func, self._args, self._kw, *self._resultclasses)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # The call is immutable from the outside; copying it again and again would only cost.
        memo[id(self)] = self
        return self

    def __format__(self, spec: str) -> str:
        return format(self._cast(), spec)

    def __eq__(self, other: object) -> bool:
        return bool(self._cast() == _plain(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self._cast() < _plain(other))

    def __hash__(self) -> int:
        return hash(self._cast())

    def __add__(self, other: Any) -> Any:
        return self._cast() + _plain(other)

    def __radd__(self, other: Any) -> Any:
        return _plain(other) + self._cast()

    def __mod__(self, other: Any) -> Any:
        return self._cast() % _plain(other)

    def __mul__(self, other: Any) -> Any:
        return self._cast() * _plain(other)

    def __rmul__(self, other: Any) -> Any:
        return _plain(other) * self._cast()


def _unpickle_proxy(func: Callable[..., Any], args: tuple[Any, ...], kw: dict[str, Any], *classes: type) -> Any:
    return lazy(func, *classes)(*args, **kw)


@lru_cache(maxsize=256)
def _proxy_class(resultclasses: tuple[type, ...]) -> type[_Proxy]:
    methods: dict[str, Any] = {"_resultclasses": resultclasses, "__module__": __name__}
    for resultclass in resultclasses:
        for name in dir(resultclass):
            if name not in _PROXY_OWN and name not in methods and callable(getattr(resultclass, name, None)):
                methods[name] = _forward(name)
    return type("__proxy__", (_Proxy,), methods)


def lazy(func: Callable[..., T], *resultclasses: type) -> Callable[..., T]:
    """Make a function whose call is put off until the result is used.

    Args:
        func: what to call in the end; it is called anew at each use.
        *resultclasses: classes the result may have; their methods are what the proxy offers.

    Returns:
        A function that returns a proxy (a `Promise`) for the same arguments.
    """
    proxy = _proxy_class(resultclasses)

    @wraps(func)
    def wrapper(*args: Any, **kw: Any) -> T:
        return cast(T, proxy(func, args, kw))

    return wrapper


_lazy_str_proxy = _proxy_class((str,))


def lazystr(text: Any) -> Any:
    """Return a lazy text of anything that `str` accepts."""
    return _lazy_str_proxy(str, (text,), {})


def keep_lazy(*resultclasses: type) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Decorate a function so that it is put off while one of its arguments is lazy.

    Args:
        *resultclasses: as for `lazy`; at least one.

    Raises:
        TypeError: no result class was given.
    """
    if not resultclasses:
        raise TypeError("You must pass at least one argument to keep_lazy().")

    def decorator(func: Callable[..., T]) -> Callable[..., T]:
        put_off = lazy(func, *resultclasses)

        @wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> T:
            for arg in args:
                if isinstance(arg, Promise):
                    return put_off(*args, **kwargs)
            if kwargs:
                for arg in kwargs.values():
                    if isinstance(arg, Promise):
                        return put_off(*args, **kwargs)
            return func(*args, **kwargs)

        return wrapper

    return decorator


def keep_lazy_text(func: Callable[..., T]) -> Callable[..., T]:
    """`keep_lazy` for a function that returns text."""
    return keep_lazy(str)(func)


class _Empty:
    """Type of `empty`; the name shows in `repr` of an unevaluated object."""

    def __repr__(self) -> str:
        return "<empty>"

    def __copy__(self) -> _Empty:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> _Empty:
        return self

    def __reduce__(self) -> str:
        return "empty"


empty = _Empty()
"""What `LazyObject._wrapped` holds until it is set up; `None` is a legitimate wrapped value."""


def _made(lazy_object: LazyObject) -> Any:
    """Return what a lazy object wraps, which is made now if it was not."""
    wrapped = lazy_object._wrapped
    if wrapped is empty:
        lazy_object._setup()
        wrapped = lazy_object._wrapped
    return wrapped


class LazyObject:
    """Wrap another object and put off its creation until an attribute is used. Subclasses define `_setup`.

    Special methods work as they do for the wrapped object, and are there to be read only if it has them.
    A subclass whose constructor takes arguments says in `_unmade` how another one like it is built.
    """

    _wrapped: Any = None

    def __init__(self) -> None:
        self._wrapped = empty

    def _setup(self) -> None:
        """Set `_wrapped`; subclasses must provide it."""
        raise NotImplementedError("subclasses of LazyObject must provide a _setup() method")

    def _unmade(self) -> LazyObject:
        """Return another lazy object that will make the same."""
        return type(self)()

    def __getattribute__(self, name: str) -> Any:
        if name in _OPERATIONS:
            # Asked for by name: "has it a length?" is a question about the wrapped object.
            return getattr(_made(self), name)
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(_made(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_wrapped":
            self.__dict__["_wrapped"] = value
        else:
            setattr(_made(self), name, value)

    def __delattr__(self, name: str) -> None:
        if name == "_wrapped":
            raise TypeError("can't delete _wrapped.")
        delattr(_made(self), name)

    def __reduce__(self) -> tuple[Any, ...]:
        # The wrapped object is what is pickled: a function that makes it usually cannot be.
        return unpickle_lazyobject, (_made(self),)

    def __copy__(self) -> Any:
        return self._unmade() if self._wrapped is empty else copy.copy(self._wrapped)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self._wrapped is not empty:
            return copy.deepcopy(self._wrapped, memo)
        memo[id(self)] = other = self._unmade()
        return other

    # What isinstance() asks.
    __class__ = property(lambda self: _made(self).__class__)


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "__bytes__": bytes, "__str__": str, "__bool__": bool, "__dir__": dir, "__hash__": hash,
    "__eq__": operator.eq, "__ne__": operator.ne, "__lt__": operator.lt, "__gt__": operator.gt,
    "__getitem__": operator.getitem, "__setitem__": operator.setitem, "__delitem__": operator.delitem,
    "__iter__": iter, "__len__": len, "__contains__": operator.contains,
    "__add__": operator.add, "__radd__": lambda wrapped, other: other + wrapped,
}  # fmt: skip
"""Special methods, which Python looks for in the class, and what each of them means for the wrapped object."""


def _on_wrapped(name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: LazyObject, *args: Any) -> Any:
        return operation(_made(self), *args)

    method.__name__ = name
    return method


for _name, _operation in _OPERATIONS.items():
    setattr(LazyObject, _name, _on_wrapped(_name, _operation))


def unpickle_lazyobject(wrapped: T) -> T:
    """Unpickle a lazy object as what it wrapped."""
    return wrapped


class SimpleLazyObject(LazyObject):
    """A lazy object made by a function. Meant for compound objects; for texts use `lazy`.

    Args:
        func: called without arguments, once.
    """

    def __init__(self, func: Callable[[], Any]) -> None:
        self.__dict__["_setupfunc"] = func
        super().__init__()

    def _setup(self) -> None:
        self._wrapped = self.__dict__["_setupfunc"]()

    def _unmade(self) -> LazyObject:
        return SimpleLazyObject(self.__dict__["_setupfunc"])

    def __repr__(self) -> str:
        if self._wrapped is not empty:
            shown = repr(self._wrapped)
        else:
            func = self.__dict__["_setupfunc"]
            # repr() of a method of our own would come back here without end.
            own = getattr(func, "__self__", None) is self
            shown = repr(f"<bound method {func.__name__}>" if own else func)
        return f"<{type(self).__name__}: {shown}>"


def partition(predicate: Callable[[T], Any], values: Iterable[T]) -> tuple[list[T], list[T]]:
    """Split values in two lists: those the predicate refuses, those it accepts."""
    refused: list[T] = []
    accepted: list[T] = []
    for value in values:
        (accepted if predicate(value) else refused).append(value)
    return refused, accepted
