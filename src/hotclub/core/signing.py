"""Signed values: texts and objects that come back from a stranger as they went out.

Format: value, separator, signature; for objects the value is JSON in URL-safe base64, after a dot if it is compressed; a
timestamp stands between value and signature, in base 62. Salts and algorithm are fixed by existing cookies and links.
"""

from __future__ import annotations

import base64
import datetime
import json
import re
import time
import warnings
import zlib
from collections.abc import Sequence
from typing import Any, Protocol

from hotclub._kernel.deprecation import RemovedInDjango2028Warning
from hotclub.conf import settings
from hotclub.utils.crypto import constant_time_compare, salted_hmac
from hotclub.utils.encoding import force_bytes
from hotclub.utils.module_loading import import_string

_SEP_UNSAFE = re.compile(r"^[A-z0-9-_=]*$")
BASE62_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62_VALUES = {char: value for value, char in enumerate(BASE62_ALPHABET)}
_MAX_BASE62 = 32
"""Digits of a base-62 number that are read: a timestamp has six."""

DEFAULT_SALT = "django.core.signing"
"""Fixed: existing signatures were made with it."""
COOKIE_SALT = "django.core.signing.get_cookie_signer"


class BadSignature(Exception):
    """The signature does not match."""


class SignatureExpired(BadSignature):
    """The signature matches, but is older than allowed."""


class Serializer(Protocol):
    """Turns objects into bytes and back."""

    def dumps(self, obj: Any) -> bytes: ...
    def loads(self, data: bytes) -> Any: ...


def b62_encode(s: int) -> str:
    """Return the number in base 62."""
    if s == 0:
        return "0"
    sign, s = ("-", -s) if s < 0 else ("", s)
    digits = ""
    while s > 0:
        s, remainder = divmod(s, 62)
        digits = BASE62_ALPHABET[remainder] + digits
    return sign + digits


def b62_decode(s: str) -> int:
    """Return the number of a text in base 62.

    Raises:
        ValueError: a character is no digit, or there are too many.
    """
    if s == "0":
        return 0
    sign, s = (-1, s[1:]) if s[:1] == "-" else (1, s)
    if len(s) > _MAX_BASE62:
        raise ValueError("The base 62 number is too long.")
    decoded = 0
    for digit in s:
        if digit not in _BASE62_VALUES:
            raise ValueError(f"{digit!r} is not a digit of base 62.")
        decoded = decoded * 62 + _BASE62_VALUES[digit]
    return sign * decoded


def b64_encode(s: bytes) -> bytes:
    """Return the bytes in URL-safe base64, without padding."""
    return base64.urlsafe_b64encode(s).strip(b"=")


def b64_decode(s: bytes) -> bytes:
    """Return the bytes of a URL-safe base64 text without padding."""
    return base64.urlsafe_b64decode(s + b"=" * (-len(s) % 4))


def base64_hmac(salt: Any, value: Any, key: Any, algorithm: str | None = None) -> str:
    """Return the keyed hash of a value in base64."""
    if algorithm is None:
        warnings.warn(
            "The default argument for algorithm in base64_hmac() will change from 'sha1' to 'sha256' in Django 2028. "
            "Pass an explicit algorithm to silence this warning.",
            RemovedInDjango2028Warning,
            stacklevel=2,
        )
        algorithm = "sha1"
    return b64_encode(salted_hmac(salt, value, key, algorithm=algorithm).digest()).decode()


def _cookie_signer_key(key: Any) -> bytes:
    # SECRET_KEY may be text or bytes.
    return bytes(b"django.http.cookies" + force_bytes(key))


def get_cookie_signer(salt: str = COOKIE_SALT) -> Any:
    """Return the signer for cookies: of the class that `SIGNING_BACKEND` names."""
    signer = import_string(settings.SIGNING_BACKEND)
    return signer(
        key=_cookie_signer_key(settings.SECRET_KEY),
        fallback_keys=list(map(_cookie_signer_key, settings.SECRET_KEY_FALLBACKS)),
        salt=salt,
    )


def _cookie_signer_salt(key: str, salt: str) -> str:
    # The length keeps apart what belongs to the salt and what to the name.
    return f"django.http.cookies.v2:{len(salt)}:{salt}{key}"


def _cookie_signer_legacy_salt(key: str, salt: str) -> str:
    return key + salt


class JSONSerializer:
    """Objects as compact JSON, in latin-1."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":")).encode("latin-1")

    def loads(self, data: bytes) -> Any:
        return json.loads(data.decode("latin-1"))


def dumps(
    obj: Any,
    key: Any = None,
    salt: str = DEFAULT_SALT,
    serializer: type[Serializer] = JSONSerializer,
    compress: bool = False,
) -> str:
    """Return an object as signed, URL-safe text with a timestamp.

    Args:
        obj: what the serializer can write.
        key: `SECRET_KEY`, if None.
        salt: says what the text is for; one purpose's texts are worthless for another.
        serializer: class with `dumps` and `loads`.
        compress: try to make it shorter.
    """
    return TimestampSigner(key=key, salt=salt).sign_object(obj, serializer=serializer, compress=compress)


def loads(
    s: str,
    key: Any = None,
    salt: str = DEFAULT_SALT,
    serializer: type[Serializer] = JSONSerializer,
    max_age: float | datetime.timedelta | None = None,
    fallback_keys: Sequence[Any] | None = None,
) -> Any:
    """Return the object of a text that `dumps` made.

    Raises:
        BadSignature: the text was changed, or made with another key or salt.
        SignatureExpired: it is older than `max_age` (seconds, or a timedelta).
    """
    return TimestampSigner(key=key, salt=salt, fallback_keys=fallback_keys).unsign_object(
        s, serializer=serializer, max_age=max_age
    )


class Signer:
    """Signs texts.

    Args:
        key: `SECRET_KEY`, if None.
        sep: what stands between value and signature.
        salt: says what the signature is for; module and class name, if None.
        algorithm: name of a hash in hashlib; "sha256" if None.
        fallback_keys: further keys that are accepted; `SECRET_KEY_FALLBACKS`, if None.

    Raises:
        ValueError: the separator could be part of a signature.
    """

    def __init__(
        self,
        *,
        key: Any = None,
        sep: str = ":",
        salt: str | None = None,
        algorithm: str | None = None,
        fallback_keys: Sequence[Any] | None = None,
    ) -> None:
        self.key = key or settings.SECRET_KEY
        self.fallback_keys = fallback_keys if fallback_keys is not None else settings.SECRET_KEY_FALLBACKS
        self.sep = sep
        self.salt = salt or self._default_salt()
        self.algorithm = algorithm or "sha256"
        if _SEP_UNSAFE.match(self.sep):
            raise ValueError(f"Unsafe Signer separator: {sep!r} (cannot be empty or consist of only A-z0-9-_=)")

    def _default_salt(self) -> str:
        # Signatures made by an existing project have the other package's name in their salt.
        module = type(self).__module__
        if module.startswith("hotclub."):
            module = "django." + module.removeprefix("hotclub.")
        return f"{module}.{type(self).__name__}"

    def signature(self, value: Any, key: Any = None) -> str:
        """Return the signature of a value."""
        return base64_hmac(self.salt + "signer", value, key or self.key, algorithm=self.algorithm)

    def sign(self, value: Any) -> str:
        """Return the value with its signature."""
        return f"{value}{self.sep}{self.signature(value)}"

    def unsign(self, signed_value: str) -> str:
        """Return the value of a signed text.

        Raises:
            BadSignature: there is no signature, or none that matches.
        """
        if self.sep not in signed_value:
            raise BadSignature(f'No "{self.sep}" found in value')
        value, signature = signed_value.rsplit(self.sep, 1)
        for key in [self.key, *self.fallback_keys]:
            if constant_time_compare(signature, self.signature(value, key)):
                return value
        raise BadSignature(f'Signature "{signature}" does not match')

    def sign_object(self, obj: Any, serializer: type[Serializer] = JSONSerializer, compress: bool = False) -> str:
        """Return an object as signed, URL-safe text; the arguments are those of `dumps`."""
        data = serializer().dumps(obj)
        mark = ""
        if compress:
            compressed = zlib.compress(data)
            # A dot in front says that it is compressed; it is left off where nothing is gained.
            if len(compressed) < len(data) - 1:
                data, mark = compressed, "."
        return self.sign(mark + b64_encode(data).decode())

    def unsign_object(self, signed_obj: str, serializer: type[Serializer] = JSONSerializer, **kwargs: Any) -> Any:
        """Return the object of a text that `sign_object` made; keyword arguments go to `unsign`."""
        # Signed before it is decoded or decompressed: only our own data is.
        text = self.unsign(signed_obj, **kwargs).encode()
        compressed = text[:1] == b"."
        data = b64_decode(text[1:] if compressed else text)
        return serializer().loads(zlib.decompress(data) if compressed else data)


class TimestampSigner(Signer):
    """Signs texts together with the time."""

    def timestamp(self) -> str:
        """Return the present, in seconds, in base 62."""
        return b62_encode(int(time.time()))

    def sign(self, value: Any) -> str:
        """Return the value with time and signature."""
        return super().sign(f"{value}{self.sep}{self.timestamp()}")

    def unsign(self, value: str, max_age: float | datetime.timedelta | None = None) -> str:
        """Return the value of a signed text.

        Raises:
            BadSignature: there is no signature, or none that matches.
            SignatureExpired: it is older than `max_age` (seconds, or a timedelta).
        """
        result = super().unsign(value)
        original, timestamp = result.rsplit(self.sep, 1)
        if max_age is not None:
            if isinstance(max_age, datetime.timedelta):
                max_age = max_age.total_seconds()
            age = time.time() - b62_decode(timestamp)
            if age > max_age:
                raise SignatureExpired(f"Signature age {age} > {max_age} seconds")
        return original
