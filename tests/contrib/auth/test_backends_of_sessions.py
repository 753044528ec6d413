"""Which backend a session means: also one that was made before the site came here."""

from __future__ import annotations

import pytest

from hotclub.test.utils import override_settings

OURS = "hotclub.contrib.auth.backends.ModelBackend"
THEIRS = "django.contrib.auth.backends.ModelBackend"


@pytest.mark.usefixtures("_project")
@pytest.mark.parametrize(
    ("entries", "path", "meant"),
    [
        ([OURS], OURS, OURS),
        ([OURS], THEIRS, OURS),
        ([THEIRS], OURS, THEIRS),
        (["site.Backend", THEIRS], THEIRS, THEIRS),
        (["site.Backend"], OURS, None),
        ([OURS], "hotclub.contrib.auth.backends.Other", None),
        ([OURS], "xdjango.contrib.auth.backends.ModelBackend", None),
    ],
)
def test_a_session_names_an_entry(entries: list[str], path: str, meant: str | None) -> None:
    from hotclub.contrib.auth.flows import configured_backend

    with override_settings(AUTHENTICATION_BACKENDS=entries):
        assert configured_backend(path) == meant
