"""Random texts, keyed hashes, comparison in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import warnings
from collections.abc import Callable
from typing import Any

from hotclub._kernel.deprecation import RemovedInDjango2028Warning
from hotclub.conf import settings
from hotclub.utils.encoding import force_bytes


class InvalidAlgorithm(ValueError):
    """hashlib has no such algorithm."""


RANDOM_STRING_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def salted_hmac(key_salt: Any, value: Any, secret: Any = None, *, algorithm: str | None = None) -> hmac.HMAC:
    """Return the HMAC of a value under a key made of salt and secret.

    Args:
        key_salt: says what the key is for; different salts give unrelated keys.
        value: what is signed.
        secret: `SECRET_KEY`, if None.
        algorithm: name of a hash in hashlib.

    Raises:
        InvalidAlgorithm: hashlib does not know it.
    """
    if algorithm is None:
        warnings.warn(
            "The default argument for algorithm in salted_hmac() will change from 'sha1' to 'sha256' in Django 2028. "
            "Pass an explicit algorithm to silence this warning.",
            RemovedInDjango2028Warning,
            stacklevel=2,
        )
        algorithm = "sha1"
    if secret is None:
        secret = settings.SECRET_KEY
    try:
        hasher = getattr(hashlib, algorithm)
    except AttributeError as error:
        raise InvalidAlgorithm(f"{algorithm!r} is not an algorithm accepted by the hashlib module.") from error
    # A key that long would be hashed by HMAC anyway; hashing here makes one of any lengths.
    key = hasher(force_bytes(key_salt) + force_bytes(secret)).digest()
    return hmac.new(key, msg=force_bytes(value), digestmod=hasher)


def get_random_string(length: int, allowed_chars: str = RANDOM_STRING_CHARS) -> str:
    """Return a text of secure random characters. 12 letters and digits hold 71 bits, 22 hold 131."""
    choice = secrets.choice
    return "".join([choice(allowed_chars) for _ in range(length)])


def constant_time_compare(val1: Any, val2: Any) -> bool:
    """Say whether two texts (or bytes) are equal, in a time that does not depend on where they differ."""
    return secrets.compare_digest(force_bytes(val1), force_bytes(val2))


def pbkdf2(
    password: Any, salt: Any, iterations: int, dklen: int = 0, digest: Callable[..., Any] | None = None
) -> bytes:
    """Return the PBKDF2 hash (HMAC-SHA256 unless another digest is given); `dklen` 0 means the digest's own length."""
    if digest is None:
        digest = hashlib.sha256
    return hashlib.pbkdf2_hmac(digest().name, force_bytes(password), force_bytes(salt), iterations, dklen or None)
