"""What caches do in several steps, written once: each step is a method of the backend, sync or async.

The effects are `CallUser`s: a backend written by somebody else overrides either half of a pair, and both work.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from hotclub._flow.effects import CallUser, Effect

R = TypeVar("R")

_missing = object()


class MethodPort:
    """Performs steps by calling methods."""

    def perform(self, effect: Effect[R], /) -> R:
        step = cast(CallUser[R], effect)
        return cast(R, step.function(*step.args, **step.kwargs))


class AsyncMethodPort:
    """Performs steps by awaiting the async halves."""

    async def perform(self, effect: Effect[R], /) -> R:
        step = cast(CallUser[R], effect)
        assert step.async_function is not None
        return await step.async_function(*step.args, **step.kwargs)


METHODS = MethodPort()
ASYNC_METHODS = AsyncMethodPort()


def step(cache: Any, name: str, *args: Any, **kwargs: Any) -> CallUser[Any]:
    """Return the effect of calling a method of the cache, whose async half has an "a" in front."""
    return CallUser(getattr(cache, name), args, kwargs, async_function=getattr(cache, f"a{name}"))


async def get_many(cache: Any, keys: Any, version: Any) -> dict[Any, Any]:
    found = {}
    for key in keys:
        value = await step(cache, "get", key, _missing, version=version)
        if value is not _missing:
            found[key] = value
    return found


async def set_many(cache: Any, data: Any, timeout: Any, version: Any) -> list[Any]:
    for key, value in data.items():
        await step(cache, "set", key, value, timeout=timeout, version=version)
    return []


async def delete_many(cache: Any, keys: Any, version: Any) -> None:
    for key in keys:
        await step(cache, "delete", key, version=version)


async def has_key(cache: Any, key: Any, version: Any) -> bool:
    return await step(cache, "get", key, _missing, version=version) is not _missing


async def incr(cache: Any, key: Any, delta: int, version: Any) -> Any:
    value = await step(cache, "get", key, _missing, version=version)
    if value is _missing:
        raise ValueError(f"Key '{key}' not found")
    new_value = value + delta
    await step(cache, "set", key, new_value, version=version)
    return new_value


async def get_or_set(cache: Any, key: Any, default: Any, timeout: Any, version: Any) -> Any:
    value = await step(cache, "get", key, _missing, version=version)
    if value is _missing:
        if callable(default):
            default = default()
        await step(cache, "add", key, default, timeout=timeout, version=version)
        # Another process may have been faster: what it added counts.
        return await step(cache, "get", key, default, version=version)
    return value


async def incr_version(cache: Any, key: Any, delta: int, version: Any) -> int:
    if version is None:
        version = cache.version
    value = await step(cache, "get", key, _missing, version=version)
    if value is _missing:
        raise ValueError(f"Key '{key}' not found")
    await step(cache, "set", key, value, version=version + delta)
    await step(cache, "delete", key, version=version)
    return int(version + delta)
