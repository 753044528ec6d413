"""What a granian worker loads: the application of one framework, as the environment says.

BENCHMARK_SERVER is "framework interface views stack": hotclub or django or a module of `benchmarks.peers`; asgi or wsgi; async or sync; bare or seven.
"""

from __future__ import annotations

import importlib
import os
from typing import Any


def build() -> Any:
    framework, interface, views, stack = os.environ["BENCHMARK_SERVER"].split()
    if framework not in ("hotclub", "django"):
        return _peer(framework, interface)
    if framework == "hotclub":
        from hotclub.compat import install_django_alias

        install_django_alias()
    return _site(interface, views, stack)


def _peer(framework: str, interface: str) -> Any:
    peer = importlib.import_module(f"benchmarks.peers.{framework}")
    peer.set_up()
    application: Any = getattr(peer, f"_{interface}", None) or peer._application
    if framework == "fastapi":
        # For the comparison of our whole stack with its bare application.
        async def message():
            return {"message": "Hello, world!", "numbers": [1, 2, 3]}

        application.get("/message/")(message)
    return application


def _site(interface: str, views: str, stack: str) -> Any:
    import django
    from django.conf import settings

    names = (
        "middleware.security.SecurityMiddleware",
        "contrib.sessions.middleware.SessionMiddleware",
        "middleware.common.CommonMiddleware",
        "middleware.csrf.CsrfViewMiddleware",
        "contrib.auth.middleware.AuthenticationMiddleware",
        "contrib.messages.middleware.MessageMiddleware",
        "middleware.clickjacking.XFrameOptionsMiddleware",
    )
    settings.configure(
        SECRET_KEY="benchmarks-only-" + "x" * 40,
        ALLOWED_HOSTS=["testserver"],
        INSTALLED_APPS=[f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages")],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        MIDDLEWARE=[f"django.{name}" for name in names] if stack == "seven" else [],
        ROOT_URLCONF=f"benchmarks.site.{'async_' if views == 'async' else ''}urls",
        LOGGING_CONFIG=None,
    )
    django.setup()
    if interface == "asgi":
        from django.core.handlers.asgi import ASGIHandler

        return ASGIHandler()
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()
