"""The exceptions that belong to no single package.

    ObjectDoesNotExist            ViewDoesNotExist          SuspiciousOperation
    MultipleObjectsReturned       MiddlewareNotUsed           SuspiciousMultipartForm
    ObjectNotUpdated              ImproperlyConfigured        SuspiciousFileOperation
    FieldDoesNotExist             PermissionDenied            DisallowedHost
    FieldError                    BadRequest                  DisallowedRedirect
      FieldFetchBlocked           RequestAborted              TooManyFieldsSent
    AppRegistryNotReady           SynchronousOnlyOperation    TooManyFilesSent
    EmptyResultSet                ValidationError             RequestDataTooBig
    FullResultSet

This module imports nothing of the package.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, cast


class FieldDoesNotExist(Exception):
    """The requested model field does not exist."""


class AppRegistryNotReady(Exception):
    """The app registry is not populated yet."""


class ObjectDoesNotExist(Exception):
    """The requested object does not exist; base of every model's `DoesNotExist`."""

    silent_variable_failure = True


class ObjectNotUpdated(Exception):
    """A forced update touched no row; base of every model's `NotUpdated`."""


class MultipleObjectsReturned(Exception):
    """The query returned several objects where one was expected."""


class SuspiciousOperation(Exception):
    """The user did something that is not possible through the pages we sent: a 400 answer, and a security log."""


class SuspiciousMultipartForm(SuspiciousOperation):
    """A multipart body that no browser sends."""


class SuspiciousFileOperation(SuspiciousOperation):
    """A path that leads outside the place it is meant for."""


class DisallowedHost(SuspiciousOperation):
    """The Host header is none of ours."""


class DisallowedRedirect(SuspiciousOperation):
    """A redirect to a scheme that is not on the list."""


class TooManyFieldsSent(SuspiciousOperation):
    """More fields in GET or POST than `DATA_UPLOAD_MAX_NUMBER_FIELDS`."""


class TooManyFilesSent(SuspiciousOperation):
    """More files in a request than `DATA_UPLOAD_MAX_NUMBER_FILES`."""


class RequestDataTooBig(SuspiciousOperation):
    """A request body (without files) over `DATA_UPLOAD_MAX_MEMORY_SIZE`."""


class RequestAborted(Exception):
    """The client went away, or the request timed out, while its body was being read."""


class BadRequest(Exception):
    """The request is malformed and cannot be processed."""


class PermissionDenied(Exception):
    """The user may not do that."""


class ViewDoesNotExist(Exception):
    """The requested view does not exist."""


class MiddlewareNotUsed(Exception):
    """Raised by a middleware's constructor to be left out of the chain."""


class ImproperlyConfigured(Exception):
    """The project is configured in a way that cannot work."""


class FieldError(Exception):
    """Some kind of problem with a model field."""


class FieldFetchBlocked(FieldError):
    """A field would have been fetched from the database while fetching is switched off."""


class EmptyResultSet(Exception):
    """A condition in the query can match no row."""


class FullResultSet(Exception):
    """A condition in the query matches every row."""


class SynchronousOnlyOperation(Exception):
    """The caller is in an event loop, where this operation would block."""


NON_FIELD_ERRORS = "__all__"
"""Key for errors that belong to no single field."""


def _hashable(value: Any) -> Hashable:
    """Freeze message parameters: they are compared without regard to the order of dictionaries."""
    if isinstance(value, dict):
        return tuple(sorted(((key, _hashable(item)) for key, item in value.items()), key=operator.itemgetter(0)))
    if isinstance(value, Hashable):
        try:
            hash(value)
        except TypeError:
            return tuple(map(_hashable, cast("Iterable[Any]", value)))
        return value
    return tuple(map(_hashable, value))


class ValidationError(Exception):
    """An error while validating data: one message, a list of errors, or a dictionary of field names to errors.

    Args:
        message: text (possibly lazy) with `%(name)s` placeholders, another `ValidationError`, a list of those, or a
            dictionary of those.
        code: what kind of error it is, for programs.
        params: values for the placeholders.

    A single message has `message`, `code` and `params`; all but dictionaries have `error_list`; dictionaries have
    `error_dict`.
    """

    error_dict: dict[str, list[ValidationError]]
    error_list: list[ValidationError]
    message: Any

    def __init__(self, message: Any, code: str | None = None, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, code, params)
        if isinstance(message, ValidationError):
            if hasattr(message, "error_dict"):
                message = message.error_dict
            elif not hasattr(message, "message"):
                message = message.error_list
            else:
                message, code, params = message.message, message.code, message.params
        if isinstance(message, dict):
            self.error_dict = {
                field: (error if isinstance(error, ValidationError) else ValidationError(error)).error_list
                for field, error in message.items()
            }
        elif isinstance(message, list):
            self.error_list = []
            for item in message:
                error = item if isinstance(item, ValidationError) else ValidationError(item)
                if hasattr(error, "error_dict"):
                    for errors in error.error_dict.values():
                        self.error_list.extend(errors)
                else:
                    self.error_list.extend(error.error_list)
        else:
            self.message = message
            self.code = code
            self.params = params
            self.error_list = [self]

    @property
    def message_dict(self) -> dict[str, list[str]]:
        """Field names to lists of texts; only for errors made from a dictionary (AttributeError otherwise)."""
        if not hasattr(self, "error_dict"):
            raise AttributeError("This ValidationError was not made from a dictionary: it has no message_dict.")
        return dict(iter(self))

    @property
    def messages(self) -> list[str]:
        """All texts in one list."""
        if hasattr(self, "error_dict"):
            return [text for _, texts in self for text in texts]
        return list(self)

    def update_error_dict(self, error_dict: dict[str, list[ValidationError]]) -> dict[str, list[ValidationError]]:
        """Add the errors to a dictionary, those without field under `NON_FIELD_ERRORS`, and return it."""
        if hasattr(self, "error_dict"):
            for field, errors in self.error_dict.items():
                error_dict.setdefault(field, []).extend(errors)
        else:
            error_dict.setdefault(NON_FIELD_ERRORS, []).extend(self.error_list)
        return error_dict

    def __iter__(self) -> Iterator[Any]:
        if hasattr(self, "error_dict"):
            for field, errors in self.error_dict.items():
                yield field, list(ValidationError(errors))
        else:
            for error in self.error_list:
                message = error.message
                if error.params:
                    message %= error.params
                yield str(message)

    def __str__(self) -> str:
        if hasattr(self, "error_dict"):
            return repr(dict(self))
        return repr(list(self))

    def __repr__(self) -> str:
        return f"ValidationError({self})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ValidationError):
            return NotImplemented
        return hash(self) == hash(other)

    def __hash__(self) -> int:
        if hasattr(self, "message"):
            return hash((self.message, self.code, _hashable(self.params)))
        if hasattr(self, "error_dict"):
            return hash(
                tuple(
                    sorted(((f, tuple(sorted(map(hash, e)))) for f, e in self.error_dict.items()), key=lambda p: p[0])
                )
            )
        return hash(tuple(sorted(hash(error) for error in self.error_list)))
