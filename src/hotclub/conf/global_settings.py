"""The documented default of every setting.

A project's settings module is laid over this one; settings without a default (`SITE_ID`, `MAILERS`, …) are not here.
"""

from __future__ import annotations

from typing import Any


def gettext_noop(message: str) -> str:
    """Mark a text for translation; the real function needs settings, and would close a circle."""
    return message


# Core
DEBUG = False
DEBUG_PROPAGATE_EXCEPTIONS = False
ADMINS: list[Any] = []
MANAGERS: list[Any] = []
INTERNAL_IPS: list[Any] = []
ALLOWED_HOSTS: list[Any] = []
INSTALLED_APPS: list[Any] = []
ABSOLUTE_URL_OVERRIDES: dict[str, Any] = {}
DISALLOWED_USER_AGENTS: list[Any] = []
IGNORABLE_404_URLS: list[Any] = []
SECRET_KEY = ""
SECRET_KEY_FALLBACKS: list[Any] = []
WSGI_APPLICATION: Any = None
FORCE_SCRIPT_NAME: Any = None
APPEND_SLASH = True
PREPEND_WWW = False
DEFAULT_CHARSET = "utf-8"
USE_X_FORWARDED_HOST = False
USE_X_FORWARDED_PORT = False
FORM_RENDERER = "hotclub.forms.renderers.DjangoTemplates"
FIXTURE_DIRS: list[Any] = []
SILENCED_SYSTEM_CHECKS: list[Any] = []
MIDDLEWARE: list[Any] = []
URLIZE_ASSUME_HTTPS = False
USE_BLANK_CHOICE_DASH = False
TASKS: dict[str, Any] = {"default": {"BACKEND": "hotclub.tasks.backends.immediate.ImmediateBackend"}}

# Languages and time
TIME_ZONE = "America/Chicago"
USE_TZ = True
LANGUAGE_CODE = "en-us"
LANGUAGES: list[tuple[str, Any]] = [
    ("af", gettext_noop("Afrikaans")),
    ("ar", gettext_noop("Arabic")),
    ("ar-dz", gettext_noop("Algerian Arabic")),
    ("ast", gettext_noop("Asturian")),
    ("az", gettext_noop("Azerbaijani")),
    ("bg", gettext_noop("Bulgarian")),
    ("be", gettext_noop("Belarusian")),
    ("bn", gettext_noop("Bengali")),
    ("br", gettext_noop("Breton")),
    ("bs", gettext_noop("Bosnian")),
    ("ca", gettext_noop("Catalan")),
    ("ckb", gettext_noop("Central Kurdish (Sorani)")),
    ("cs", gettext_noop("Czech")),
    ("cy", gettext_noop("Welsh")),
    ("da", gettext_noop("Danish")),
    ("de", gettext_noop("German")),
    ("dsb", gettext_noop("Lower Sorbian")),
    ("el", gettext_noop("Greek")),
    ("en", gettext_noop("English")),
    ("en-au", gettext_noop("Australian English")),
    ("en-gb", gettext_noop("British English")),
    ("eo", gettext_noop("Esperanto")),
    ("es", gettext_noop("Spanish")),
    ("es-ar", gettext_noop("Argentinian Spanish")),
    ("es-co", gettext_noop("Colombian Spanish")),
    ("es-mx", gettext_noop("Mexican Spanish")),
    ("es-ni", gettext_noop("Nicaraguan Spanish")),
    ("es-ve", gettext_noop("Venezuelan Spanish")),
    ("et", gettext_noop("Estonian")),
    ("eu", gettext_noop("Basque")),
    ("fa", gettext_noop("Persian")),
    ("fi", gettext_noop("Finnish")),
    ("fr", gettext_noop("French")),
    ("fy", gettext_noop("Frisian")),
    ("ga", gettext_noop("Irish")),
    ("gd", gettext_noop("Scottish Gaelic")),
    ("gl", gettext_noop("Galician")),
    ("he", gettext_noop("Hebrew")),
    ("hi", gettext_noop("Hindi")),
    ("hr", gettext_noop("Croatian")),
    ("hsb", gettext_noop("Upper Sorbian")),
    ("ht", gettext_noop("Haitian Creole")),
    ("hu", gettext_noop("Hungarian")),
    ("hy", gettext_noop("Armenian")),
    ("ia", gettext_noop("Interlingua")),
    ("id", gettext_noop("Indonesian")),
    ("ig", gettext_noop("Igbo")),
    ("io", gettext_noop("Ido")),
    ("is", gettext_noop("Icelandic")),
    ("it", gettext_noop("Italian")),
    ("ja", gettext_noop("Japanese")),
    ("ka", gettext_noop("Georgian")),
    ("kab", gettext_noop("Kabyle")),
    ("kk", gettext_noop("Kazakh")),
    ("km", gettext_noop("Khmer")),
    ("kn", gettext_noop("Kannada")),
    ("ko", gettext_noop("Korean")),
    ("ky", gettext_noop("Kyrgyz")),
    ("lb", gettext_noop("Luxembourgish")),
    ("lt", gettext_noop("Lithuanian")),
    ("lv", gettext_noop("Latvian")),
    ("mk", gettext_noop("Macedonian")),
    ("ml", gettext_noop("Malayalam")),
    ("mn", gettext_noop("Mongolian")),
    ("mr", gettext_noop("Marathi")),
    ("ms", gettext_noop("Malay")),
    ("my", gettext_noop("Burmese")),
    ("nb", gettext_noop("Norwegian Bokmål")),
    ("ne", gettext_noop("Nepali")),
    ("nl", gettext_noop("Dutch")),
    ("nn", gettext_noop("Norwegian Nynorsk")),
    ("os", gettext_noop("Ossetic")),
    ("pa", gettext_noop("Punjabi")),
    ("pl", gettext_noop("Polish")),
    ("pt", gettext_noop("Portuguese")),
    ("pt-br", gettext_noop("Brazilian Portuguese")),
    ("ro", gettext_noop("Romanian")),
    ("ru", gettext_noop("Russian")),
    ("sk", gettext_noop("Slovak")),
    ("sl", gettext_noop("Slovenian")),
    ("sq", gettext_noop("Albanian")),
    ("sr", gettext_noop("Serbian")),
    ("sr-latn", gettext_noop("Serbian Latin")),
    ("sv", gettext_noop("Swedish")),
    ("sw", gettext_noop("Swahili")),
    ("ta", gettext_noop("Tamil")),
    ("te", gettext_noop("Telugu")),
    ("tg", gettext_noop("Tajik")),
    ("th", gettext_noop("Thai")),
    ("tk", gettext_noop("Turkmen")),
    ("tr", gettext_noop("Turkish")),
    ("tt", gettext_noop("Tatar")),
    ("udm", gettext_noop("Udmurt")),
    ("ug", gettext_noop("Uyghur")),
    ("uk", gettext_noop("Ukrainian")),
    ("ur", gettext_noop("Urdu")),
    ("uz", gettext_noop("Uzbek")),
    ("vi", gettext_noop("Vietnamese")),
    ("zh-hans", gettext_noop("Simplified Chinese")),
    ("zh-hant", gettext_noop("Traditional Chinese")),
]
LANGUAGES_BIDI: list[Any] = ["he", "ar", "ar-dz", "ckb", "fa", "ug", "ur"]
USE_I18N = True
LOCALE_PATHS: list[Any] = []
LANGUAGE_COOKIE_NAME = "django_language"
LANGUAGE_COOKIE_AGE: Any = None
LANGUAGE_COOKIE_DOMAIN: Any = None
LANGUAGE_COOKIE_PATH = "/"
LANGUAGE_COOKIE_SECURE = False
LANGUAGE_COOKIE_HTTPONLY = False
LANGUAGE_COOKIE_SAMESITE: Any = None

# Formats, where no locale says otherwise
FORMAT_MODULE_PATH: Any = None
DATE_FORMAT = "N j, Y"
DATETIME_FORMAT = "N j, Y, P"
TIME_FORMAT = "P"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "F j"
SHORT_DATE_FORMAT = "m/d/Y"
SHORT_DATETIME_FORMAT = "m/d/Y P"
DATE_INPUT_FORMATS: list[Any] = [
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%b %d %Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%d %b, %Y",
    "%B %d %Y",
    "%B %d, %Y",
    "%d %B %Y",
    "%d %B, %Y",
]
TIME_INPUT_FORMATS: list[Any] = ["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"]
DATETIME_INPUT_FORMATS: list[Any] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S.%f",
    "%m/%d/%Y %H:%M",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%y %H:%M:%S.%f",
    "%m/%d/%y %H:%M",
]
FIRST_DAY_OF_WEEK = 0
DECIMAL_SEPARATOR = "."
USE_THOUSAND_SEPARATOR = False
NUMBER_GROUPING = 0
THOUSAND_SEPARATOR = ","

# Databases
DATABASES: dict[str, Any] = {}
DATABASE_ROUTERS: list[Any] = []
DEFAULT_AUTO_FIELD = "hotclub.db.models.BigAutoField"
DEFAULT_TABLESPACE = ""
DEFAULT_INDEX_TABLESPACE = ""
MIGRATION_MODULES: dict[str, Any] = {}

# Mail (`MAILERS` has no default: where it is defined, the EMAIL_ settings up to EMAIL_TIMEOUT are not available)
EMAIL_BACKEND = "hotclub.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "localhost"
EMAIL_PORT = 25
EMAIL_HOST_USER = ""
EMAIL_HOST_PASSWORD = ""
EMAIL_USE_TLS = False
EMAIL_USE_SSL = False
EMAIL_SSL_CERTFILE: Any = None
EMAIL_SSL_KEYFILE: Any = None
EMAIL_TIMEOUT: Any = None
EMAIL_USE_LOCALTIME = False
DEFAULT_FROM_EMAIL = "webmaster@localhost"
SERVER_EMAIL = "root@localhost"
EMAIL_SUBJECT_PREFIX = "[Django] "

# Templates
TEMPLATES: list[Any] = []

# Files and uploads
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "hotclub.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "hotclub.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = ""
MEDIA_URL = ""
STATIC_ROOT: Any = None
STATIC_URL: Any = None
STATICFILES_DIRS: list[Any] = []
STATICFILES_FINDERS: list[Any] = [
    "hotclub.contrib.staticfiles.finders.FileSystemFinder",
    "hotclub.contrib.staticfiles.finders.AppDirectoriesFinder",
]
FILE_UPLOAD_HANDLERS: list[Any] = [
    "hotclub.core.files.uploadhandler.MemoryFileUploadHandler",
    "hotclub.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2621440
DATA_UPLOAD_MAX_MEMORY_SIZE = 2621440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
# Our own: bytes of a whole body, files included; a longer one is answered with 413. None: as the server lets through.
DATA_UPLOAD_MAX_BODY_SIZE: int | None = None
FILE_UPLOAD_TEMP_DIR: Any = None
FILE_UPLOAD_PERMISSIONS: int | None = 0o644
FILE_UPLOAD_DIRECTORY_PERMISSIONS: Any = None

# Sessions
SESSION_CACHE_ALIAS = "default"
SESSION_COOKIE_NAME = "sessionid"
SESSION_COOKIE_AGE = 1209600
SESSION_COOKIE_DOMAIN: Any = None
SESSION_COOKIE_SECURE = False
SESSION_COOKIE_PATH = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE: Any = "Lax"
SESSION_SAVE_EVERY_REQUEST = False
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_ENGINE = "hotclub.contrib.sessions.backends.db"
SESSION_FILE_PATH: Any = None
SESSION_SERIALIZER = "hotclub.contrib.sessions.serializers.JSONSerializer"

# Caches
CACHES: dict[str, Any] = {"default": {"BACKEND": "hotclub.core.cache.backends.locmem.LocMemCache"}}
CACHE_MIDDLEWARE_KEY_PREFIX = ""
CACHE_MIDDLEWARE_SECONDS = 600
CACHE_MIDDLEWARE_ALIAS = "default"

# Authentication
AUTH_USER_MODEL = "auth.User"
AUTHENTICATION_BACKENDS: list[Any] = ["hotclub.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/accounts/profile/"
LOGOUT_REDIRECT_URL: Any = None
PASSWORD_RESET_TIMEOUT = 259200
PASSWORD_HASHERS: list[Any] = [
    "hotclub.contrib.auth.hashers.PBKDF2PasswordHasher",
    "hotclub.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "hotclub.contrib.auth.hashers.Argon2PasswordHasher",
    "hotclub.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "hotclub.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[Any] = []

# Signing
SIGNING_BACKEND = "hotclub.core.signing.TimestampSigner"
SIGNED_COOKIE_LEGACY_SALT_FALLBACK = False

# Cross-site request forgery
CSRF_FAILURE_VIEW = "hotclub.views.csrf.csrf_failure"
CSRF_COOKIE_NAME = "csrftoken"
CSRF_COOKIE_AGE = 31449600
CSRF_COOKIE_DOMAIN: Any = None
CSRF_COOKIE_PATH = "/"
CSRF_COOKIE_SECURE = False
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE: Any = "Lax"
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
CSRF_TRUSTED_ORIGINS: list[Any] = []
CSRF_USE_SESSIONS = False

# Security
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CSP: dict[str, Any] = {}
SECURE_CSP_REPORT_ONLY: dict[str, Any] = {}
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_HSTS_PRELOAD = False
SECURE_HSTS_SECONDS = 0
SECURE_PROXY_SSL_HEADER: Any = None
SECURE_REDIRECT_EXEMPT: list[Any] = []
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_HOST: Any = None
SECURE_SSL_REDIRECT = False

# Messages
MESSAGE_STORAGE = "hotclub.contrib.messages.storage.fallback.FallbackStorage"

# Logging and errors
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING: dict[str, Any] = {}
DEFAULT_EXCEPTION_REPORTER = "hotclub.views.debug.ExceptionReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "hotclub.views.debug.SafeExceptionReporterFilter"

# Tests
TEST_RUNNER = "hotclub.test.runner.DiscoverRunner"
TEST_NON_SERIALIZED_APPS: list[Any] = []

# Documented settings without a value of their own here: EMAIL_FILE_PATH, GDAL_LIBRARY_PATH, GEOIP_PATH, GEOS_LIBRARY_PATH,
# MAILERS, MESSAGE_LEVEL, MESSAGE_TAGS, POSTGIS_VERSION, ROOT_URLCONF, SERIALIZATION_MODULES, SITE_ID. Their readers
# say what they take where they are missing.
