"""Password hashes: their algorithms, and the checks that take the same time whatever the answer.

A hash is text: algorithm, parameters, salt and digest with "$" between. The formats are those of existing databases.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import importlib
import math
import warnings
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.signals import setting_changed
from hotclub.utils.crypto import RANDOM_STRING_CHARS, constant_time_compare, get_random_string, pbkdf2
from hotclub.utils.module_loading import import_string
from hotclub.utils.translation import gettext_noop as _

UNUSABLE_PASSWORD_PREFIX = "!"
"""Begins a password that can never match."""
UNUSABLE_PASSWORD_SUFFIX_LENGTH = 40
"""Random characters behind it, so that reset tokens of such users differ."""


def is_password_usable(encoded: str | None) -> bool:
    """Say whether a hash can match at all."""
    return encoded is None or not encoded.startswith(UNUSABLE_PASSWORD_PREFIX)


def verify_password(password: str | None, encoded: str, preferred: Any = "default") -> tuple[bool, bool]:
    """Return (whether the password matches, whether its hash should be made anew).

    A password that is None, a hash that cannot match or is of an unknown algorithm cost as much as a real comparison.
    """
    preferred = get_hasher(preferred)
    unknown = False
    try:
        hasher = identify_hasher(encoded)
    except ValueError:
        unknown = True
        hasher = preferred
    if password is None or unknown or not is_password_usable(encoded):
        # Nobody shall learn from the time that there is no password to compare with.
        make_password(get_random_string(UNUSABLE_PASSWORD_SUFFIX_LENGTH))
        return False, False
    changed = hasher.algorithm != preferred.algorithm
    must_update = changed or preferred.must_update(encoded)
    correct = hasher.verify(password, encoded)
    if not correct and not changed and must_update:
        # An old hash is cheaper to compare: the difference is worked off.
        hasher.harden_runtime(password, encoded)
    return correct, must_update


def check_password(
    password: str | None, encoded: str, setter: Callable[[str], Any] | None = None, preferred: Any = "default"
) -> bool:
    """Say whether a password matches a hash.

    Args:
        password: what was typed.
        encoded: the hash.
        setter: called with the password if it matches and its hash should be made anew.
        preferred: algorithm new hashes are made with.
    """
    correct, must_update = verify_password(password, encoded, preferred)
    if setter and correct and must_update and password is not None:
        setter(password)
    return correct


async def acheck_password(
    password: str | None, encoded: str, setter: Callable[[str], Any] | None = None, preferred: Any = "default"
) -> bool:
    """`check_password` from async code; the work is done in a thread, the setter is awaited."""
    correct, must_update = await sync_to_async(verify_password, thread_sensitive=False)(password, encoded, preferred)
    if setter and correct and must_update and password is not None:
        await setter(password)
    return correct


def make_password(password: Any, salt: str | None = None, hasher: Any = "default") -> str:
    """Return the hash of a password.

    Args:
        password: text or bytes; None gives a hash that can never match.
        salt: random, if None.
        hasher: name of the algorithm.

    Raises:
        TypeError: the password is neither.
    """
    if password is None:
        return UNUSABLE_PASSWORD_PREFIX + get_random_string(UNUSABLE_PASSWORD_SUFFIX_LENGTH)
    if not isinstance(password, bytes | str):
        raise TypeError(f"Password must be a string or bytes, got {type(password).__qualname__}.")
    hasher = get_hasher(hasher)
    return str(hasher.encode(password, salt or hasher.salt()))


@functools.lru_cache(maxsize=8)
def get_hashers() -> list[Any]:
    """Return the hashers of `PASSWORD_HASHERS`.

    Raises:
        ImproperlyConfigured: one of them names no algorithm.
    """
    hashers = []
    for path in settings.PASSWORD_HASHERS:
        hasher = import_string(path)()
        if not getattr(hasher, "algorithm", None):
            raise ImproperlyConfigured(f"hasher doesn't specify an algorithm name: {path}")
        hashers.append(hasher)
    return hashers


@functools.lru_cache(maxsize=8)
def get_hashers_by_algorithm() -> dict[str, Any]:
    """Return the hashers by name of their algorithm."""
    return {hasher.algorithm: hasher for hasher in get_hashers()}


def reset_hashers(*, setting: str, **kwargs: Any) -> None:
    """Forget the hashers when the setting changes."""
    if setting == "PASSWORD_HASHERS":
        get_hashers.cache_clear()
        get_hashers_by_algorithm.cache_clear()


setting_changed.connect(reset_hashers)


def get_hasher(algorithm: Any = "default") -> Any:
    """Return the hasher of an algorithm; the preferred one for "default". A hasher is returned as it is.

    Raises:
        ValueError: the project has no such hasher.
    """
    if hasattr(algorithm, "algorithm"):
        return algorithm
    if algorithm == "default":
        return get_hashers()[0]
    try:
        return get_hashers_by_algorithm()[algorithm]
    except KeyError:
        raise ValueError(
            f"Unknown password hashing algorithm '{algorithm}'. Did you specify it in the PASSWORD_HASHERS setting?"
        ) from None


def identify_hasher(encoded: str) -> Any:
    """Return the hasher that made a hash.

    Raises:
        ValueError: the project has no such hasher.
    """
    if (len(encoded) == 32 and "$" not in encoded) or (len(encoded) == 37 and encoded.startswith("md5$$")):
        return get_hasher("unsalted_md5")
    if len(encoded) == 46 and encoded.startswith("sha1$$"):
        return get_hasher("unsalted_sha1")
    return get_hasher(encoded.split("$", 1)[0])


def mask_hash(hash: str, show: int = 6, char: str = "*") -> str:
    """Return the text with all but its first characters hidden."""
    return hash[:show] + char * len(hash[show:])


def must_update_salt(salt: str, expected_entropy: float) -> bool:
    """Say whether a salt holds less than so many bits."""
    return len(salt) * math.log2(len(RANDOM_STRING_CHARS)) < expected_entropy


class BasePasswordHasher:
    """Base of hashers.

    Attributes:
        algorithm: its name; the first part of its hashes.
        library: module it needs, or (name for `pip`, module).
        salt_entropy: bits that a salt has to hold.
    """

    algorithm: str | None = None
    library: str | tuple[str, str] | None = None
    salt_entropy = 128

    def _load_library(self) -> Any:
        if self.library is None:
            raise ValueError(f"Hasher {type(self).__name__!r} doesn't specify a library attribute")
        name, module_name = self.library if isinstance(self.library, tuple | list) else (self.library, self.library)
        try:
            return importlib.import_module(module_name)
        except ImportError as error:
            raise ValueError(f"Couldn't load {type(self).__name__!r} algorithm library: {error} ({name})") from error

    def salt(self) -> str:
        """Return a new salt."""
        # Each character of the alphabet holds so many bits.
        count = math.ceil(self.salt_entropy / math.log2(len(RANDOM_STRING_CHARS)))
        return get_random_string(count, allowed_chars=RANDOM_STRING_CHARS)

    def verify(self, password: Any, encoded: str) -> bool:
        """Say whether a password matches."""
        raise NotImplementedError("subclasses of BasePasswordHasher must provide a verify() method")

    def _check_encode_args(self, password: Any, salt: Any) -> None:
        if password is None:
            raise TypeError("password must be provided.")
        if not salt or (b"$" if isinstance(salt, bytes) else "$") in salt:
            raise ValueError("salt must be provided and cannot contain $.")

    def encode(self, password: Any, salt: Any) -> str:
        """Return the hash of a password."""
        raise NotImplementedError("subclasses of BasePasswordHasher must provide an encode() method")

    def decode(self, encoded: str) -> dict[str, Any]:
        """Return the parts of a hash by name."""
        raise NotImplementedError("subclasses of BasePasswordHasher must provide a decode() method.")

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        """Return what may be shown of a hash."""
        raise NotImplementedError("subclasses of BasePasswordHasher must provide a safe_summary() method")

    def must_update(self, encoded: str) -> bool:
        """Say whether a hash was made with weaker parameters than those of now."""
        return False

    def harden_runtime(self, password: Any, encoded: str) -> None:
        """Work off what comparing with an old hash saved."""
        warnings.warn("subclasses of BasePasswordHasher should provide a harden_runtime() method", stacklevel=2)


def _as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


class PBKDF2PasswordHasher(BasePasswordHasher):
    """PBKDF2 with SHA-256."""

    algorithm = "pbkdf2_sha256"
    iterations = 1_500_000
    digest = hashlib.sha256

    def encode(self, password: Any, salt: Any, iterations: int | None = None) -> str:
        self._check_encode_args(password, salt)
        iterations = iterations or self.iterations
        salt = salt.decode() if isinstance(salt, bytes) else salt
        digest = pbkdf2(password, salt, iterations, digest=type(self).digest)
        return f"{self.algorithm}${iterations}${salt}${base64.b64encode(digest).decode('ascii').strip()}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, iterations, salt, hash = encoded.split("$", 3)
        assert algorithm == self.algorithm
        return {"algorithm": algorithm, "hash": hash, "iterations": int(iterations), "salt": salt}

    def verify(self, password: Any, encoded: str) -> bool:
        parts = self.decode(encoded)
        return constant_time_compare(encoded, self.encode(password, parts["salt"], parts["iterations"]))

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        parts = self.decode(encoded)
        return {
            _("algorithm"): parts["algorithm"],
            _("iterations"): parts["iterations"],
            _("salt"): mask_hash(parts["salt"]),
            _("hash"): mask_hash(parts["hash"]),
        }

    def must_update(self, encoded: str) -> bool:
        parts = self.decode(encoded)
        return parts["iterations"] != self.iterations or must_update_salt(parts["salt"], self.salt_entropy)

    def harden_runtime(self, password: Any, encoded: str) -> None:
        parts = self.decode(encoded)
        missing = self.iterations - parts["iterations"]
        if missing > 0:
            self.encode(password, parts["salt"], missing)


class PBKDF2SHA1PasswordHasher(PBKDF2PasswordHasher):
    """PBKDF2 with SHA-1, for hashes that others made."""

    algorithm = "pbkdf2_sha1"
    digest = hashlib.sha1


class Argon2PasswordHasher(BasePasswordHasher):
    """Argon2id, the winner of the Password Hashing Competition."""

    algorithm = "argon2"
    library = "argon2"
    time_cost = 2
    memory_cost = 102400
    parallelism = 8

    def encode(self, password: Any, salt: Any) -> str:
        argon2 = self._load_library()
        params = self.params()
        data = argon2.low_level.hash_secret(
            _as_bytes(password),
            _as_bytes(salt),
            time_cost=params.time_cost,
            memory_cost=params.memory_cost,
            parallelism=params.parallelism,
            hash_len=params.hash_len,
            type=params.type,
        )
        return f"{self.algorithm}{data.decode('ascii')}"

    def decode(self, encoded: str) -> dict[str, Any]:
        argon2 = self._load_library()
        algorithm, rest = encoded.split("$", 1)
        assert algorithm == self.algorithm
        params = argon2.extract_parameters(f"${rest}")
        variety, *_rest, b64salt, hash = rest.split("$")
        # The library writes base64 without its padding.
        salt = base64.b64decode(b64salt + "=" * (-len(b64salt) % 4)).decode("latin1")
        return {
            "algorithm": algorithm,
            "hash": hash,
            "memory_cost": params.memory_cost,
            "parallelism": params.parallelism,
            "salt": salt,
            "time_cost": params.time_cost,
            "variety": variety,
            "version": params.version,
            "params": params,
        }

    def verify(self, password: Any, encoded: str) -> bool:
        argon2 = self._load_library()
        algorithm, rest = encoded.split("$", 1)
        assert algorithm == self.algorithm
        try:
            return bool(argon2.PasswordHasher().verify(f"${rest}", password))
        except argon2.exceptions.VerificationError:
            return False

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        parts = self.decode(encoded)
        return {
            _("algorithm"): parts["algorithm"],
            _("variety"): parts["variety"],
            _("version"): parts["version"],
            _("memory cost"): parts["memory_cost"],
            _("time cost"): parts["time_cost"],
            _("parallelism"): parts["parallelism"],
            _("salt"): mask_hash(parts["salt"]),
            _("hash"): mask_hash(parts["hash"]),
        }

    def must_update(self, encoded: str) -> bool:
        parts = self.decode(encoded)
        wanted = self.params()
        # The length of the salt is looked at below.
        wanted.salt_len = parts["params"].salt_len
        return bool(parts["params"] != wanted) or must_update_salt(parts["salt"], self.salt_entropy)

    def harden_runtime(self, password: Any, encoded: str) -> None:
        # Its cost has too many sides to be worked off.
        pass

    def params(self) -> Any:
        """Return the parameters of new hashes."""
        argon2 = self._load_library()
        # The library's newest version and its own lengths.
        return argon2.Parameters(
            type=argon2.low_level.Type.ID,
            version=argon2.low_level.ARGON2_VERSION,
            salt_len=argon2.DEFAULT_RANDOM_SALT_LENGTH,
            hash_len=argon2.DEFAULT_HASH_LENGTH,
            time_cost=self.time_cost,
            memory_cost=self.memory_cost,
            parallelism=self.parallelism,
        )


class BCryptSHA256PasswordHasher(BasePasswordHasher):
    """bcrypt of the SHA-256 of the password, as bcrypt looks at 72 bytes only."""

    algorithm = "bcrypt_sha256"
    digest: Any = hashlib.sha256
    library = ("bcrypt", "bcrypt")
    rounds = 12

    def salt(self) -> Any:
        return self._load_library().gensalt(self.rounds)

    def encode(self, password: Any, salt: Any) -> str:
        bcrypt = self._load_library()
        secret = _as_bytes(password)
        digest = type(self).digest
        if digest is not None:
            # In hexadecimal, as bcrypt stops at a null byte.
            secret = binascii.hexlify(digest(secret).digest())
        data = bcrypt.hashpw(secret, _as_bytes(salt))
        return f"{self.algorithm}${data.decode('ascii')}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, _empty, algostr, work_factor, data = encoded.split("$", 4)
        assert algorithm == self.algorithm
        return {
            "algorithm": algorithm,
            "algostr": algostr,
            "checksum": data[22:],
            "salt": data[:22],
            "work_factor": int(work_factor),
        }

    def verify(self, password: Any, encoded: str) -> bool:
        algorithm, data = encoded.split("$", 1)
        assert algorithm == self.algorithm
        return constant_time_compare(encoded, self.encode(password, data.encode("ascii")))

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        parts = self.decode(encoded)
        return {
            _("algorithm"): parts["algorithm"],
            _("work factor"): parts["work_factor"],
            _("salt"): mask_hash(parts["salt"]),
            _("checksum"): mask_hash(parts["checksum"]),
        }

    def must_update(self, encoded: str) -> bool:
        return bool(self.decode(encoded)["work_factor"] != self.rounds)

    def harden_runtime(self, password: Any, encoded: str) -> None:
        _algorithm, data = encoded.split("$", 1)
        salt = data[:29]
        rounds = int(data.split("$")[2])
        # The work doubles with each round.
        for _round in range(2 ** (self.rounds - rounds) - 1 if self.rounds > rounds else 0):
            self.encode(password, salt.encode("ascii"))


class BCryptPasswordHasher(BCryptSHA256PasswordHasher):
    """bcrypt as it is: what lies beyond 72 bytes of a password does not count."""

    algorithm = "bcrypt"
    digest = None


class ScryptPasswordHasher(BasePasswordHasher):
    """scrypt, through OpenSSL."""

    algorithm = "scrypt"
    block_size = 8
    maxmem = 0
    parallelism = 5
    work_factor = 2**14

    def encode(self, password: Any, salt: Any, n: int | None = None, r: int | None = None, p: int | None = None) -> str:
        self._check_encode_args(password, salt)
        n, r, p = n or self.work_factor, r or self.block_size, p or self.parallelism
        salt = salt.decode() if isinstance(salt, bytes) else salt
        digest = hashlib.scrypt(_as_bytes(password), salt=salt.encode(), n=n, r=r, p=p, maxmem=self.maxmem, dklen=64)
        return f"{self.algorithm}${n}${salt}${r}${p}${base64.b64encode(digest).decode('ascii').strip()}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, work_factor, salt, block_size, parallelism, hash = encoded.split("$", 6)
        assert algorithm == self.algorithm
        return {
            "algorithm": algorithm,
            "work_factor": int(work_factor),
            "salt": salt,
            "block_size": int(block_size),
            "parallelism": int(parallelism),
            "hash": hash,
        }

    def verify(self, password: Any, encoded: str) -> bool:
        parts = self.decode(encoded)
        again = self.encode(password, parts["salt"], parts["work_factor"], parts["block_size"], parts["parallelism"])
        return constant_time_compare(encoded, again)

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        parts = self.decode(encoded)
        return {
            _("algorithm"): parts["algorithm"],
            _("work factor"): parts["work_factor"],
            _("block size"): parts["block_size"],
            _("parallelism"): parts["parallelism"],
            _("salt"): mask_hash(parts["salt"]),
            _("hash"): mask_hash(parts["hash"]),
        }

    def must_update(self, encoded: str) -> bool:
        parts = self.decode(encoded)
        costs = parts["work_factor"], parts["block_size"], parts["parallelism"]
        return costs != (self.work_factor, self.block_size, self.parallelism)

    def harden_runtime(self, password: Any, encoded: str) -> None:
        # Its cost has too many sides to be worked off.
        pass


class MD5PasswordHasher(BasePasswordHasher):
    """Salted MD5: fast, and therefore for tests only."""

    algorithm = "md5"

    def encode(self, password: Any, salt: Any) -> str:
        self._check_encode_args(password, salt)
        salt = salt.decode() if isinstance(salt, bytes) else salt
        digest = hashlib.md5(salt.encode() + _as_bytes(password), usedforsecurity=False).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, salt, hash = encoded.split("$", 2)
        assert algorithm == self.algorithm
        return {"algorithm": algorithm, "hash": hash, "salt": salt}

    def verify(self, password: Any, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        parts = self.decode(encoded)
        return {
            _("algorithm"): parts["algorithm"],
            _("salt"): mask_hash(parts["salt"], show=2),
            _("hash"): mask_hash(parts["hash"]),
        }

    def must_update(self, encoded: str) -> bool:
        return must_update_salt(self.decode(encoded)["salt"], self.salt_entropy)

    def harden_runtime(self, password: Any, encoded: str) -> None:
        pass
