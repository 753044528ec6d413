"""The secret of CSRF protection, and the tokens that stand for it.

A token is a random mask and the secret shifted by it along the alphabet: it looks different each time, so that the
secret cannot be guessed from the lengths of compressed pages (BREACH). Knows no requests.
"""

from __future__ import annotations

import string

from hotclub.utils.crypto import constant_time_compare, get_random_string

ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 32
TOKEN_LENGTH = 2 * SECRET_LENGTH

_PLACES = {character: place for place, character in enumerate(ALPHABET)}
_ALLOWED = frozenset(ALPHABET)


class InvalidTokenFormat(Exception):
    """A token or secret cannot be one.

    Attributes:
        reason: what is wrong, to stand behind the name of the thing.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def new_secret() -> str:
    """Return a random secret."""
    return get_random_string(SECRET_LENGTH, allowed_chars=ALPHABET)


def _shift(text: str, by: str, direction: int) -> str:
    """Move each character along the alphabet by the place of its partner."""
    size = len(ALPHABET)
    return "".join(
        ALPHABET[(_PLACES[one] + direction * _PLACES[other]) % size] for one, other in zip(text, by, strict=True)
    )


def mask(secret: str) -> str:
    """Return a new token for a secret."""
    random = new_secret()
    return random + _shift(secret, random, 1)


def unmask(token: str) -> str:
    """Return the secret of a token; a bare secret stands for itself."""
    if len(token) == SECRET_LENGTH:
        return token
    return _shift(token[SECRET_LENGTH:], token[:SECRET_LENGTH], -1)


def check(text: str) -> None:
    """Refuse what is neither a token nor a secret.

    Raises:
        InvalidTokenFormat: wrong length or characters.
    """
    if len(text) not in (TOKEN_LENGTH, SECRET_LENGTH):
        raise InvalidTokenFormat("has incorrect length")
    if not _ALLOWED.issuperset(text):
        raise InvalidTokenFormat("has invalid characters")


def stands_for(token: str, secret: str) -> bool:
    """Say whether a token that has passed `check` stands for a secret; takes the same time either way."""
    assert len(token) in (TOKEN_LENGTH, SECRET_LENGTH), "the token was not checked"
    return constant_time_compare(unmask(token), secret)
