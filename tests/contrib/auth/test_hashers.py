"""Password hashes: the formats of existing databases, costs, and salts."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("_project")

HASHES = {
    # hash → the hasher, and what may be shown of it
    "pbkdf2_sha256$7$saltsalt$5XiYDXG2L6h4GQTK1hAHOQbtQzzkPYbyrj6XLyQUiv8=": (
        "PBKDF2PasswordHasher",
        {"algorithm": "pbkdf2_sha256", "iterations": 7, "salt": "saltsa**", "hash": "5XiYDX" + "*" * 38},
    ),
    "md5$saltsalt$aa7c3afe9f7e0d2ce6d55a2a0fb37a78": (
        "MD5PasswordHasher",
        {"algorithm": "md5", "salt": "sa******", "hash": "aa7c3a" + "*" * 26},
    ),
    "scrypt$16$saltsalt$8$1$aGFzaA==": (
        "ScryptPasswordHasher",
        {
            "algorithm": "scrypt",
            "work factor": 16,
            "block size": 8,
            "parallelism": 1,
            "salt": "saltsa**",
            "hash": "aGFzaA**",
        },
    ),
    "bcrypt$$2b$05$aaaaaaaaaaaaaaaaaaaaaabbbbbbb": (
        "BCryptPasswordHasher",
        {"algorithm": "bcrypt", "work factor": 5, "salt": "aaaaaa" + "*" * 16, "checksum": "bbbbbb*"},
    ),
}


@pytest.mark.parametrize("encoded", HASHES)
def test_what_is_shown_of_a_hash(encoded: str) -> None:
    from hotclub.contrib.auth import hashers

    name, shown = HASHES[encoded]
    assert getattr(hashers, name)().safe_summary(encoded) == shown


@pytest.mark.parametrize("name", ["PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "MD5PasswordHasher"])
def test_the_parts_of_a_hash_make_it_again(name: str) -> None:
    from hotclub.contrib.auth import hashers

    hasher = getattr(hashers, name)()
    hasher.iterations = 3
    encoded = hasher.encode("secret", "somesalt")
    assert hasher.join(**hasher.decode(encoded)) == encoded
    assert hasher.verify("secret", encoded)
    assert not hasher.verify("Secret", encoded)


def test_a_dearer_hash_is_checked_at_its_own_cost_and_then_renewed() -> None:
    from hotclub.contrib.auth.hashers import ScryptPasswordHasher

    hasher = ScryptPasswordHasher()
    encoded = hasher.encode("secret", hasher.salt(), n=32, r=4, p=2)
    assert encoded.split("$")[1] == "32"
    assert hasher.verify("secret", encoded)
    assert hasher.must_update(encoded)
    assert not hasher.must_update(
        hasher.join(**{**hasher.decode(encoded), **{c: getattr(hasher, c) for c in hasher.costs}})
    )


@pytest.mark.parametrize("encoded", ["md5$$5d41402abc4b2a76b9719d911017c592", "5d41402abc4b2a76b9719d911017c592"])
def test_a_hash_without_salt_never_matches(encoded: str) -> None:
    from hotclub.contrib.auth.hashers import check_password
    from hotclub.test.utils import override_settings

    with override_settings(PASSWORD_HASHERS=["hotclub.contrib.auth.hashers.MD5PasswordHasher"]):
        assert check_password("hello", encoded) is False


def test_a_hash_of_another_algorithm_is_refused() -> None:
    from hotclub.contrib.auth.hashers import MD5PasswordHasher

    with pytest.raises(ValueError, match="'pbkdf2_sha256' was given to the hasher of 'md5'"):
        MD5PasswordHasher().decode("pbkdf2_sha256$salt$hash")


@pytest.mark.parametrize("salt", ["", "sa$lt", b"sa$lt"])
def test_a_salt_stays_one_part(salt: str | bytes) -> None:
    from hotclub.contrib.auth.hashers import MD5PasswordHasher

    with pytest.raises(ValueError, match="salt must be provided"):
        MD5PasswordHasher().encode("secret", salt)
