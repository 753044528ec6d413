"""Password hashes: their algorithms, and the checks that take the same time whatever the answer.

A hash is text: algorithm, parameters, salt and digest with "$" between. The formats are those of existing databases.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib
import math
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

from hotclub._kernel.crossing import sync_to_async
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
    return get_hasher(encoded.partition("$")[0])


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


class StockHasher(BasePasswordHasher):
    """A hasher described by a table: what stands between the "$" of its hashes, and which of it is a cost.

    Attributes:
        parts: names of what follows the algorithm, in order.
        costs: those of the parts that are numbers and make the hash expensive; also the names of the attributes with
            the costs of new hashes, and of the further arguments of `encode`.
        summary: the parts that may be shown, in order; salt and digest are masked.
        renews_weak_salts: whether a hash is made anew for its salt alone.
    """

    parts: ClassVar[tuple[str, ...]] = ("salt", "hash")
    costs: ClassVar[tuple[str, ...]] = ()
    summary: ClassVar[tuple[str, ...]] = ("salt", "hash")
    renews_weak_salts: ClassVar[bool] = True
    _salt_characters_shown: ClassVar[int] = 6

    def join(self, **parts: Any) -> str:
        """Return the hash with these parts."""
        return "$".join([str(self.algorithm), *(str(parts[name]) for name in self.parts)])

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, *values = encoded.split("$", len(self.parts))
        if algorithm != self.algorithm:
            raise ValueError(f"a hash of {algorithm!r} was given to the hasher of {self.algorithm!r}")
        parts: dict[str, Any] = dict(zip(self.parts, values, strict=True))
        return {"algorithm": algorithm, **parts, **{name: int(parts[name]) for name in self.costs}}

    def verify(self, password: Any, encoded: str) -> bool:
        parts = self.decode(encoded)
        if not parts["salt"]:
            # Made by something that knew no salts.
            return False
        again = self.encode(password, parts["salt"], *(parts[name] for name in self.costs))
        return constant_time_compare(encoded, again)

    def safe_summary(self, encoded: str) -> dict[str, Any]:
        parts = self.decode(encoded)
        masked = {"salt": self._salt_characters_shown, "hash": 6, "checksum": 6}
        return {
            _LABELS[name]: mask_hash(parts[name], show=masked[name]) if name in masked else parts[name]
            for name in ("algorithm", *self.summary)
        }

    def must_update(self, encoded: str) -> bool:
        parts = self.decode(encoded)
        if any(parts[name] != getattr(self, name) for name in self.costs):
            return True
        return self.renews_weak_salts and must_update_salt(parts["salt"], self.salt_entropy)

    def harden_runtime(self, password: Any, encoded: str) -> None:
        """Do nothing, unless a subclass knows how: most costs have too many sides to be worked off."""


_LABELS = {
    "algorithm": _("algorithm"),
    "block_size": _("block size"),
    "checksum": _("checksum"),
    "hash": _("hash"),
    "iterations": _("iterations"),
    "memory_cost": _("memory cost"),
    "parallelism": _("parallelism"),
    "salt": _("salt"),
    "time_cost": _("time cost"),
    "variety": _("variety"),
    "version": _("version"),
    "work_factor": _("work factor"),
}
"""What the parts are called where a hash is shown."""


def _as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _salt_text(password: Any, salt: str | bytes) -> str:
    """Return a salt as text.

    Raises:
        TypeError: there is no password.
        ValueError: there is no salt, or it would not stay one part of the hash.
    """
    if password is None:
        raise TypeError("password must be provided.")
    text = salt.decode() if isinstance(salt, bytes) else salt
    if not text or "$" in text:
        raise ValueError("salt must be provided and cannot contain $.")
    return text


class PBKDF2PasswordHasher(StockHasher):
    """PBKDF2 with SHA-256."""

    algorithm = "pbkdf2_sha256"
    iterations = 1_500_000
    digest: Any = hashlib.sha256
    parts = ("iterations", "salt", "hash")
    costs = ("iterations",)
    summary = parts

    def encode(self, password: Any, salt: Any, iterations: int | None = None) -> str:
        salt = _salt_text(password, salt)
        iterations = iterations or self.iterations
        digest = pbkdf2(password, salt, iterations, digest=type(self).digest)
        return self.join(iterations=iterations, salt=salt, hash=base64.b64encode(digest).decode("ascii"))

    def harden_runtime(self, password: Any, encoded: str) -> None:
        parts = self.decode(encoded)
        missing = self.iterations - parts["iterations"]
        if missing > 0:
            self.encode(password, parts["salt"], missing)


class PBKDF2SHA1PasswordHasher(PBKDF2PasswordHasher):
    """PBKDF2 with SHA-1, for hashes that others made."""

    algorithm = "pbkdf2_sha1"
    digest = hashlib.sha1


class Argon2PasswordHasher(StockHasher):
    """Argon2id, the winner of the Password Hashing Competition. The text behind the algorithm is its library's."""

    algorithm = "argon2"
    library = "argon2"
    time_cost = 2
    memory_cost = 102400
    parallelism = 8
    summary = ("variety", "version", "memory_cost", "time_cost", "parallelism", "salt", "hash")

    def encode(self, password: Any, salt: Any) -> str:
        params = self.params()
        data = self._load_library().low_level.hash_secret(
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
        algorithm, rest = encoded.split("$", 1)
        params = self._load_library().extract_parameters(f"${rest}")
        variety, *_costs, b64salt, digest = rest.split("$")
        return {
            "algorithm": algorithm,
            "hash": digest,
            "memory_cost": params.memory_cost,
            "parallelism": params.parallelism,
            # The library writes base64 without its padding.
            "salt": base64.b64decode(b64salt + "=" * (-len(b64salt) % 4)).decode("latin1"),
            "time_cost": params.time_cost,
            "variety": variety,
            "version": params.version,
            "params": params,
        }

    def verify(self, password: Any, encoded: str) -> bool:
        argon2 = self._load_library()
        try:
            return bool(argon2.PasswordHasher().verify(encoded.removeprefix("argon2"), password))
        except argon2.exceptions.VerificationError:
            return False

    def must_update(self, encoded: str) -> bool:
        parts = self.decode(encoded)
        wanted = self.params()
        # The salt is judged by what it holds, not by its length.
        wanted.salt_len = parts["params"].salt_len
        return bool(parts["params"] != wanted) or must_update_salt(parts["salt"], self.salt_entropy)

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


class BCryptSHA256PasswordHasher(StockHasher):
    """bcrypt of the SHA-256 of the password, as bcrypt looks at 72 bytes only.

    Its salt carries the cost along, as "$2b$12$" and 22 characters; a hash is the salt with the checksum behind it.
    """

    algorithm = "bcrypt_sha256"
    digest: Any = hashlib.sha256
    library = ("bcrypt", "bcrypt")
    rounds = 12
    parts = ("", "algostr", "work_factor", "salt")
    costs = ("work_factor",)
    summary = ("work_factor", "salt", "checksum")

    def salt(self) -> Any:
        return self._load_library().gensalt(self.rounds)

    def encode(self, password: Any, salt: Any) -> str:
        secret = _as_bytes(password)
        digest = type(self).digest
        if digest is not None:
            # In hexadecimal, as bcrypt stops at a null byte.
            secret = digest(secret).hexdigest().encode("ascii")
        data = self._load_library().hashpw(secret, _as_bytes(salt))
        return f"{self.algorithm}${data.decode('ascii')}"

    def decode(self, encoded: str) -> dict[str, Any]:
        parts = super().decode(encoded)
        del parts[""]
        return {**parts, "salt": parts["salt"][:22], "checksum": parts["salt"][22:]}

    def verify(self, password: Any, encoded: str) -> bool:
        own_salt = encoded.removeprefix(f"{self.algorithm}$")
        return constant_time_compare(encoded, self.encode(password, own_salt))

    def must_update(self, encoded: str) -> bool:
        return bool(self.decode(encoded)["work_factor"] != self.rounds)

    def harden_runtime(self, password: Any, encoded: str) -> None:
        parts = self.decode(encoded)
        salt = f"${parts['algostr']}${parts['work_factor']:02}${parts['salt']}"
        # The work doubles with each round.
        for _missing in range(2 ** max(self.rounds - parts["work_factor"], 0) - 1):
            self.encode(password, salt.encode("ascii"))


class BCryptPasswordHasher(BCryptSHA256PasswordHasher):
    """bcrypt as it is: what lies beyond 72 bytes of a password does not count."""

    algorithm = "bcrypt"
    digest = None


class ScryptPasswordHasher(StockHasher):
    """scrypt, through OpenSSL."""

    algorithm = "scrypt"
    block_size = 8
    maxmem = 0
    parallelism = 5
    work_factor = 2**14
    parts = ("work_factor", "salt", "block_size", "parallelism", "hash")
    costs = ("work_factor", "block_size", "parallelism")
    summary = ("work_factor", "block_size", "parallelism", "salt", "hash")
    renews_weak_salts = False

    def encode(self, password: Any, salt: Any, n: int | None = None, r: int | None = None, p: int | None = None) -> str:
        salt = _salt_text(password, salt)
        n, r, p = n or self.work_factor, r or self.block_size, p or self.parallelism
        digest = hashlib.scrypt(_as_bytes(password), salt=salt.encode(), n=n, r=r, p=p, maxmem=self.maxmem, dklen=64)
        text = base64.b64encode(digest).decode("ascii")
        return self.join(work_factor=n, salt=salt, block_size=r, parallelism=p, hash=text)


class MD5PasswordHasher(StockHasher):
    """Salted MD5: fast, and therefore for tests only."""

    algorithm = "md5"
    _salt_characters_shown = 2

    def encode(self, password: Any, salt: Any) -> str:
        salt = _salt_text(password, salt)
        digest = hashlib.md5(salt.encode() + _as_bytes(password), usedforsecurity=False)
        return self.join(salt=salt, hash=digest.hexdigest())
