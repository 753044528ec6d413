"""Tokens stand for secrets, look different each time, and nothing else passes for one."""

from __future__ import annotations

import pytest

from hotclub.middleware.csrf_secrets import (
    ALPHABET,
    SECRET_LENGTH,
    TOKEN_LENGTH,
    InvalidTokenFormat,
    check,
    mask,
    new_secret,
    stands_for,
    unmask,
)


def test_a_token_stands_for_its_secret_and_for_no_other() -> None:
    secret, other = new_secret(), new_secret()
    tokens = {mask(secret) for _ in range(20)}
    assert len(tokens) == 20
    for token in tokens:
        check(token)
        assert unmask(token) == secret
        assert stands_for(token, secret)
        assert not stands_for(token, other)


def test_a_bare_secret_stands_for_itself() -> None:
    secret = new_secret()
    check(secret)
    assert unmask(secret) == secret
    assert stands_for(secret, secret)


@pytest.mark.parametrize("length", [0, 1, SECRET_LENGTH - 1, SECRET_LENGTH + 1, TOKEN_LENGTH - 1, TOKEN_LENGTH + 1])
def test_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(InvalidTokenFormat, match="has incorrect length"):
        check("a" * length)


@pytest.mark.parametrize("character", ["-", " ", "é", "\0", "٣"])
def test_other_characters_are_refused(character: str) -> None:
    assert character not in ALPHABET
    with pytest.raises(InvalidTokenFormat, match="has invalid characters"):
        check("a" * (SECRET_LENGTH - 1) + character)
