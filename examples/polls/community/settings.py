"""Settings of the example site: everything a small community site needs, on SQLite.

The environment can move it: COMMUNITY_DB (path of the database file), COMMUNITY_SECRET_KEY, COMMUNITY_DEBUG (0 or 1),
COMMUNITY_HOSTS (comma-separated).
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# The example is made to be looked at on this machine; a real site takes its key from the environment only.
SECRET_KEY = os.environ.get("COMMUNITY_SECRET_KEY", "example-only-key-that-must-never-reach-a-real-site-0123456789")
DEBUG = os.environ.get("COMMUNITY_DEBUG", "1") == "1"
ALLOWED_HOSTS = os.environ.get("COMMUNITY_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")

INSTALLED_APPS = [
    "polls",
    "people",
    "hotclub.contrib.admin",
    "hotclub.contrib.auth",
    "hotclub.contrib.contenttypes",
    "hotclub.contrib.sessions",
    "hotclub.contrib.messages",
    "hotclub.contrib.staticfiles",
]

MIDDLEWARE = [
    "hotclub.middleware.security.SecurityMiddleware",
    "hotclub.contrib.sessions.middleware.SessionMiddleware",
    "hotclub.middleware.common.CommonMiddleware",
    "hotclub.middleware.csrf.CsrfViewMiddleware",
    "hotclub.contrib.auth.middleware.AuthenticationMiddleware",
    "hotclub.contrib.messages.middleware.MessageMiddleware",
    "hotclub.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "community.urls"
WSGI_APPLICATION = "community.wsgi.application"
ASGI_APPLICATION = "community.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "hotclub.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "hotclub.template.context_processors.request",
                "hotclub.contrib.auth.context_processors.auth",
                "hotclub.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "hotclub.db.backends.sqlite3",
        "NAME": os.environ.get("COMMUNITY_DB", BASE_DIR / "community.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}

PASSWORD_HASHERS = [
    "hotclub.contrib.auth.hashers.Argon2PasswordHasher",
    "hotclub.contrib.auth.hashers.PBKDF2PasswordHasher",
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "hotclub.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "hotclub.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "hotclub.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "hotclub.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "polls:index"
LOGOUT_REDIRECT_URL = "polls:index"
