"""The import alias, each case in a process of its own: an installed alias cannot be had half."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

INSTALL = "from hotclub import compat; compat.install_django_alias()\n"


def run(code: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60)


def check(code: str) -> str:
    """Run code under the alias; it must succeed."""
    done = run(INSTALL + textwrap.dedent(code))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_alias_gives_the_very_module() -> None:
    check("""
        import django, hotclub
        assert django is hotclub
        import django.core.exceptions, hotclub.core.exceptions
        assert django.core.exceptions is hotclub.core.exceptions
        from django.utils.functional import cached_property
        from hotclub.utils.functional import cached_property as real
        assert cached_property is real
    """)


def test_modules_keep_their_own_names_and_specs() -> None:
    check("""
        import django.core.exceptions as module
        assert module.__name__ == module.__spec__.name == "hotclub.core.exceptions"
        assert module.ObjectDoesNotExist.__module__ == "hotclub.core.exceptions"
    """)


def test_order_of_imports_makes_no_difference() -> None:
    check("""
        import sys
        import django.utils.text
        assert sys.modules["django.utils.text"] is sys.modules["hotclub.utils.text"]
        import hotclub.utils.encoding
        import django.utils.encoding
        assert django.utils.encoding is hotclub.utils.encoding
    """)


def test_importlib_and_pkgutil_see_the_package() -> None:
    check("""
        import importlib, pkgutil, importlib.util, django.utils
        assert importlib.import_module("django.utils.text") is importlib.import_module("hotclub.utils.text")
        assert "text" in [info.name for info in pkgutil.iter_modules(django.utils.__path__)]
        assert importlib.util.find_spec("django.utils.text") is not None
        assert importlib.util.find_spec("django.no_such_module") is None
    """)


def test_pickles_made_with_the_real_names_load() -> None:
    check("""
        import pickle
        from hotclub.core.exceptions import ObjectDoesNotExist
        stored = b"cdjango.core.exceptions\\nObjectDoesNotExist\\n."
        assert pickle.loads(stored) is ObjectDoesNotExist
    """)


def test_unknown_names_fail_as_imports_do() -> None:
    done = run(INSTALL + "import django.no_such_module")
    assert done.returncode == 1
    assert "No module named 'django.no_such_module'" in done.stderr


def test_installing_twice_changes_nothing_and_versions_are_told() -> None:
    check("""
        import sys
        before = list(sys.meta_path)
        compat.install_django_alias()
        assert sys.meta_path == before
        import django
        assert django.VERSION >= (6, 1) and django.__version__.startswith("6.1")
        compat.uninstall_django_alias()
        assert "django" not in sys.modules and django.VERSION < (6, 1)
    """)


def test_refuses_where_the_real_package_is_imported_already(tmp_path: Path) -> None:
    (tmp_path / "django").mkdir()
    (tmp_path / "django" / "__init__.py").write_text("")
    done = run("import sys; sys.path.insert(0, sys.argv[1]); import django\n" + INSTALL, str(tmp_path))
    assert done.returncode == 1
    assert "django is imported already" in done.stderr
    assert "install_django_alias()" in done.stderr


@pytest.mark.parametrize("how", ["script", "module"])
def test_scripts_and_modules_run_under_the_alias(tmp_path: Path, how: str) -> None:
    (tmp_path / "show.py").write_text("import sys, django\nprint(django.__name__, sys.argv[1:], __name__)\n")
    what = ["show.py"] if how == "script" else ["-m", "show"]
    command = [sys.executable, "-m", "hotclub.compat", *what, "an argument"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout == "hotclub ['an argument'] __main__\n", done.stderr


def test_a_missing_script_is_one_clear_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hotclub.compat", "manage.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 1
    assert "there is no file 'manage.py'" in done.stderr
    assert "Traceback" not in done.stderr


def test_dotted_names_in_settings_mean_the_real_modules() -> None:
    check("""
        from django.conf import settings
        settings.configure(
            INSTALLED_APPS=["django.contrib.auth", "people"],
            MIDDLEWARE=("django.middleware.common.CommonMiddleware",),
            TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
            ALLOWED_HOSTS=["django.example.com", "django"],
            LOGGING={"version": 1, "loggers": {"django.request": {}, "django": {}, "mine": {}}},
        )
        assert settings.INSTALLED_APPS == ["hotclub.contrib.auth", "people"]
        assert settings.MIDDLEWARE == ("hotclub.middleware.common.CommonMiddleware",)
        assert settings.TEMPLATES[0]["BACKEND"].startswith("hotclub.template")
        assert settings.ALLOWED_HOSTS == ["django.example.com", "django"]
        assert set(settings.LOGGING["loggers"]) == {"hotclub.request", "hotclub", "mine"}
    """)


def test_packages_find_apps_and_settings_by_either_name() -> None:
    check("""
        from hotclub.conf import settings
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
            SESSION_ENGINE="django.contrib.sessions.backends.cache",
        )
        import django
        django.setup()
        from django.apps import apps
        for name in ("django.contrib.auth", "hotclub.contrib.auth"):
            assert name in settings.INSTALLED_APPS
            assert settings.INSTALLED_APPS.index(name) == 1
            assert apps.is_installed(name)
        assert "django.contrib.admin" not in settings.INSTALLED_APPS
        assert not apps.is_installed("django.contrib.admin")
        engine = settings.SESSION_ENGINE
        assert engine == "django.contrib.sessions.backends.cache"
        assert not engine != "hotclub.contrib.sessions.backends.cache"
        assert str(engine) == repr(engine)[1:-1] == "hotclub.contrib.sessions.backends.cache"
        assert {engine: 1}["hotclub.contrib.sessions.backends.cache"] == 1
    """)
