"""The site that all cases use, configured once per process. Written with Django's import names (see the package's docstring)."""

from __future__ import annotations

import tempfile

_directory = tempfile.TemporaryDirectory(prefix="benchmarks")


def set_up() -> None:
    """Configure settings, load the apps and create the tables in a database in memory."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="benchmarks-only-" + "x" * 40,
        DEBUG=False,
        ALLOWED_HOSTS=["testserver"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
            # Users and sessions of the cases that log in: `benchmarks.site.routers`.
            "file": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{_directory.name}/users.sqlite3"},
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "benchmarks.site",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        ROOT_URLCONF="benchmarks.site.urls",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", _templates())]},
            }
        ],
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    _fill()


def _templates() -> dict[str, str]:
    from benchmarks.cases.template_sources import SOURCES

    return SOURCES


def _fill() -> None:
    from django.db import connection

    from benchmarks.site.rows import fill

    connection.ensure_connection()
    fill(connection.connection, tables=False)
