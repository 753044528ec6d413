"""`BaseEmailBackend`: what sends messages."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hotclub.core.mail.exceptions import InvalidMailer
from hotclub.utils.deprecation import RemovedInDjango2028Warning

if TYPE_CHECKING:
    from typing import Self

_unset: Any = object()


class BaseEmailBackend:
    """Base of mail backends. Subclasses provide `send_messages`; `open` and `close` if they hold a connection.

    Args:
        fail_silently: pass over errors; backends that support it say so themselves.
        alias: alias of the mailer; None for a backend that is made by hand (deprecated).
        **kwargs: options nobody knows: an error for a mailer, a warning else.

    Raises:
        InvalidMailer: unknown options.
    """

    def __init__(
        self,
        fail_silently: Any = _unset,
        *,
        alias: str | None = None,
        _ignore_unknown_kwargs: Any = None,
        **kwargs: Any,
    ) -> None:
        self.alias = alias
        unknown = dict(kwargs)
        for name in _ignore_unknown_kwargs or ():
            unknown.pop(name, None)
        if fail_silently is not _unset:
            if alias is None:
                self._warn(f"{self._path()}.__init__() does not support 'fail_silently'.")
                self.__dict__["_fail_silently"] = fail_silently
            elif "fail_silently" not in (_ignore_unknown_kwargs or ()):
                unknown["fail_silently"] = fail_silently
        if unknown:
            names = ", ".join(repr(name) for name in sorted(unknown))
            if alias is not None:
                raise InvalidMailer(f"Unknown options {names}.", alias=alias)
            self._warn(
                f"{self._path()}.__init__() does not support {names}. In Django 2028, BaseEmailBackend will raise a "
                "TypeError for unknown keyword arguments."
            )

    def _path(self) -> str:
        return f"{type(self).__module__}.{type(self).__qualname__}"

    @staticmethod
    def _warn(message: str) -> None:
        warnings.warn(message, RemovedInDjango2028Warning, stacklevel=4)

    def __getattr__(self, name: str) -> Any:
        # Backends that support it have the attribute itself.
        if name == "fail_silently":
            self._warn(f"{type(self).__name__}.fail_silently is deprecated.")
            return self.__dict__.get("_fail_silently", False)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def open(self) -> bool | None:
        """Open the connection; say whether a new one was opened (None: it could not be)."""
        return None

    def close(self) -> None:
        """Close the connection."""

    def __enter__(self) -> Self:
        try:
            self.open()
        except Exception:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send_messages(self, email_messages: Iterable[Any]) -> int:
        """Send messages and return how many were sent."""
        raise NotImplementedError("subclasses of BaseEmailBackend must override send_messages() method")
