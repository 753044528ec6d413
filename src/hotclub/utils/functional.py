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
    "new_method_proxy",
    "partition",
    "unpickle_lazyobject",
]


class cached_property(Generic[T]):  # documented name
    """Turn a method with only `self` into an attribute that is computed once per instance.

    The value lands in the instance's `__dict__` under the attribute's name, so later reads do not come here at all.

    Raises:
        TypeError: one object was given two names, or the name was never set (assigned to a finished class).
    """

    name: str | None = None

    def __init__(self, func: Callable[[Any], T]) -> None:
        self.real_func = func
        self.func: Callable[[Any], T] = self._without_name
        self.__doc__ = getattr(func, "__doc__", None)

    @staticmethod
    def _without_name(instance: Any) -> Any:
        raise TypeError("Cannot use cached_property instance without calling __set_name__() on it.")

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name is None:
            self.name = name
            self.func = self.real_func
        elif name != self.name:
            raise TypeError(
                f"Cannot assign the same cached_property to two different names ({self.name!r} and {name!r})."
            )

    @overload
    def __get__(self, instance: None, cls: type | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, cls: type | None = None) -> T: ...
    def __get__(self, instance: object | None, cls: type | None = None) -> Self | T:
        if instance is None:
            return self
        value = self.func(instance)
        instance.__dict__[self.name] = value  # type: ignore[index]  # func refuses while the name is None
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


def new_method_proxy(func: Callable[..., T]) -> Callable[..., T]:
    """Make a method that sets up the lazy object and then applies `func` to what it wraps."""

    def inner(self: LazyObject, *args: Any) -> T:
        wrapped = self._wrapped
        if wrapped is empty:
            self._setup()
            wrapped = self._wrapped
        return func(wrapped, *args)

    inner._mask_wrapped = False  # type: ignore[attr-defined]
    return inner


class LazyObject:
    """Wrap another object and put off its creation until an attribute is used. Subclasses define `_setup`.

    Methods that the wrapped object may lack (`__getitem__`, `__iter__` …) are hidden if it does lack them.
    """

    _wrapped: Any = None

    def __init__(self) -> None:
        # If a subclass overrides __init__(), it likely needs to override __copy__() and __deepcopy__() as well.
        self._wrapped = empty

    def __getattribute__(self, name: str) -> Any:
        if name == "_wrapped":
            # Read it plainly: this is the hot name, and nothing hides it.
            return super().__getattribute__(name)
        value = super().__getattribute__(name)
        if not getattr(value, "_mask_wrapped", True):
            # A forwarded special method: let the wrapped object say whether it has it.
            raise AttributeError(name)
        return value

    __getattr__: Callable[..., Any] = new_method_proxy(getattr)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_wrapped":
            self.__dict__["_wrapped"] = value
        else:
            if self._wrapped is empty:
                self._setup()
            setattr(self._wrapped, name, value)

    def __delattr__(self, name: str) -> None:
        if name == "_wrapped":
            raise TypeError("can't delete _wrapped.")
        if self._wrapped is empty:
            self._setup()
        delattr(self._wrapped, name)

    def _setup(self) -> None:
        """Set `_wrapped`; subclasses must provide it."""
        raise NotImplementedError("subclasses of LazyObject must provide a _setup() method")

    def __reduce__(self) -> tuple[Any, ...]:
        # The wrapped object is what is pickled: a function that makes it usually cannot be.
        if self._wrapped is empty:
            self._setup()
        return unpickle_lazyobject, (self._wrapped,)

    def __copy__(self) -> Any:
        if self._wrapped is empty:
            return type(self)()
        return copy.copy(self._wrapped)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self._wrapped is empty:
            result = type(self)()
            memo[id(self)] = result
            return result
        return copy.deepcopy(self._wrapped, memo)

    __bytes__ = new_method_proxy(bytes)
    __str__ = new_method_proxy(str)
    __bool__ = new_method_proxy(bool)
    __dir__ = new_method_proxy(dir)
    __class__ = property(new_method_proxy(operator.attrgetter("__class__")))
    __eq__ = new_method_proxy(operator.eq)
    __lt__ = new_method_proxy(operator.lt)
    __gt__ = new_method_proxy(operator.gt)
    __ne__ = new_method_proxy(operator.ne)
    __hash__ = new_method_proxy(hash)
    __getitem__ = new_method_proxy(operator.getitem)
    __setitem__ = new_method_proxy(operator.setitem)
    __delitem__ = new_method_proxy(operator.delitem)
    __iter__ = new_method_proxy(iter)
    __len__ = new_method_proxy(len)
    __contains__ = new_method_proxy(operator.contains)


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

    def __repr__(self) -> str:
        attr: Any = self.__dict__["_setupfunc"] if self._wrapped is empty else self._wrapped
        if self._wrapped is empty and getattr(attr, "__self__", None) is self:
            # repr() of our own bound method would come back here without end.
            attr = f"<bound method {attr.__name__}>"
        return f"<{type(self).__name__}: {attr!r}>"

    def __copy__(self) -> Any:
        if self._wrapped is empty:
            return SimpleLazyObject(self.__dict__["_setupfunc"])
        return copy.copy(self._wrapped)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self._wrapped is empty:
            result = SimpleLazyObject(self.__dict__["_setupfunc"])
            memo[id(self)] = result
            return result
        return copy.deepcopy(self._wrapped, memo)

    __add__ = new_method_proxy(operator.add)

    @new_method_proxy
    def __radd__(self: Any, other: Any) -> Any:
        return other + self


def partition(predicate: Callable[[T], Any], values: Iterable[T]) -> tuple[list[T], list[T]]:
    """Split values in two lists: those the predicate refuses, those it accepts."""
    results: tuple[list[T], list[T]] = ([], [])
    for item in values:
        results[bool(predicate(item))].append(item)
    return results
