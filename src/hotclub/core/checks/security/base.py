"""Checks of the security middleware, secrets and hosts; all but the secret keys for deployment only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Error, Warning
from hotclub.core.checks.registry import Tags, register
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.csp import CSP

CROSS_ORIGIN_OPENER_POLICY_VALUES = {"same-origin", "same-origin-allow-popups", "unsafe-none"}
REFERRER_POLICY_VALUES = {
    "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin", "strict-origin",
    "strict-origin-when-cross-origin", "unsafe-url",
}  # fmt: skip

SECRET_KEY_INSECURE_PREFIX = "django-insecure-"
"""Begins the keys that `startproject` makes."""
SECRET_KEY_MIN_LENGTH = 50
SECRET_KEY_MIN_UNIQUE_CHARACTERS = 5
_SECURITY_MIDDLEWARE = "hotclub.middleware.security.SecurityMiddleware"
_CSP_MIDDLEWARE = "hotclub.middleware.csp.ContentSecurityPolicyMiddleware"
_CSP_PROCESSOR = "hotclub.template.context_processors.csp"


def _weak_key_text(name: str) -> str:
    return (
        f"Your {name} has less than {SECRET_KEY_MIN_LENGTH} characters, less than {SECRET_KEY_MIN_UNIQUE_CHARACTERS} unique "
        f"characters, or it's prefixed with '{SECRET_KEY_INSECURE_PREFIX}' indicating that it was generated automatically by "
        "Django. Please generate a long and random value, otherwise many of Django's security-critical features will be "
        "vulnerable to attack."
    )


W001 = Warning(
    f"You do not have '{_SECURITY_MIDDLEWARE}' in your MIDDLEWARE so the SECURE_HSTS_SECONDS, "
    "SECURE_CONTENT_TYPE_NOSNIFF, SECURE_REFERRER_POLICY, SECURE_CROSS_ORIGIN_OPENER_POLICY, and SECURE_SSL_REDIRECT settings "
    "will have no effect.",
    id="security.W001",
)
W002 = Warning(
    "You do not have 'hotclub.middleware.clickjacking.XFrameOptionsMiddleware' in your MIDDLEWARE, so your pages will not be "
    "served with an 'x-frame-options' header. Unless there is a good reason for your site to be served in a frame, you should "
    "consider enabling this header to help prevent clickjacking attacks.",
    id="security.W002",
)
W004 = Warning(
    "You have not set a value for the SECURE_HSTS_SECONDS setting. If your entire site is served only over SSL, you may want "
    "to consider setting a value and enabling HTTP Strict Transport Security. Be sure to read the documentation first; "
    "enabling HSTS carelessly can cause serious, irreversible problems.",
    id="security.W004",
)
W005 = Warning(
    "You have not set the SECURE_HSTS_INCLUDE_SUBDOMAINS setting to True. Without this, your site is potentially vulnerable "
    "to attack via an insecure connection to a subdomain. Only set this to True if you are certain that all subdomains of "
    "your domain should be served exclusively via SSL.",
    id="security.W005",
)
W006 = Warning(
    "Your SECURE_CONTENT_TYPE_NOSNIFF setting is not set to True, so your pages will not be served with an "
    "'X-Content-Type-Options: nosniff' header. You should consider enabling this header to prevent the browser from "
    "identifying content types incorrectly.",
    id="security.W006",
)
W008 = Warning(
    "Your SECURE_SSL_REDIRECT setting is not set to True. Unless your site should be available over both SSL and non-SSL "
    "connections, you may want to either set this setting True or configure a load balancer or reverse-proxy server to "
    "redirect all connections to HTTPS.",
    id="security.W008",
)
W009 = Warning(_weak_key_text("SECRET_KEY"), id="security.W009")
W018 = Warning("You should not have DEBUG set to True in deployment.", id="security.W018")
W019 = Warning(
    "You have 'hotclub.middleware.clickjacking.XFrameOptionsMiddleware' in your MIDDLEWARE, but X_FRAME_OPTIONS is not set to "
    "'DENY'. Unless there is a good reason for your site to serve other parts of itself in a frame, you should change it to "
    "'DENY'.",
    id="security.W019",
)
W020 = Warning("ALLOWED_HOSTS must not be empty in deployment.", id="security.W020")
W021 = Warning(
    "You have not set the SECURE_HSTS_PRELOAD setting to True. Without this, your site cannot be submitted to the browser "
    "preload list.",
    id="security.W021",
)
W022 = Warning(
    "You have not set the SECURE_REFERRER_POLICY setting. Without this, your site will not send a Referrer-Policy header. You "
    "should consider enabling this header to protect user privacy.",
    id="security.W022",
)
E023 = Error(
    "You have set the SECURE_REFERRER_POLICY setting to an invalid value.",
    hint="Valid values are: {}.".format(", ".join(sorted(REFERRER_POLICY_VALUES))),
    id="security.E023",
)
E024 = Error(
    "You have set the SECURE_CROSS_ORIGIN_OPENER_POLICY setting to an invalid value.",
    hint="Valid values are: {}.".format(", ".join(sorted(CROSS_ORIGIN_OPENER_POLICY_VALUES))),
    id="security.E024",
)
W027 = Warning(
    f"Your Content Security Policy includes CSP.NONCE and '{_CSP_MIDDLEWARE}' is enabled, but '{_CSP_PROCESSOR}' is not "
    "configured. The nonce will appear in the response header but not in rendered templates, so nonce-based protection will "
    "not take effect.",
    hint=f"Add '{_CSP_PROCESSOR}' to the 'context_processors' option of at least one template backend.",
    id="security.W027",
)
W025 = Warning(_weak_key_text("%s"), id="security.W025")
E026 = Error("The Content Security Policy setting '%s' must be a dictionary (got %r instead).", id="security.E026")


def _security_middleware() -> bool:
    return _SECURITY_MIDDLEWARE in settings.MIDDLEWARE


def _xframe_middleware() -> bool:
    return "hotclub.middleware.clickjacking.XFrameOptionsMiddleware" in settings.MIDDLEWARE


@register(Tags.security, deploy=True)
def check_security_middleware(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if _security_middleware() else [W001]


@register(Tags.security, deploy=True)
def check_xframe_options_middleware(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if _xframe_middleware() else [W002]


@register(Tags.security, deploy=True)
def check_sts(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if not _security_middleware() or settings.SECURE_HSTS_SECONDS else [W004]


@register(Tags.security, deploy=True)
def check_sts_include_subdomains(app_configs: Any, **kwargs: Any) -> list[Any]:
    needed = _security_middleware() and settings.SECURE_HSTS_SECONDS
    return [] if not needed or settings.SECURE_HSTS_INCLUDE_SUBDOMAINS is True else [W005]


@register(Tags.security, deploy=True)
def check_sts_preload(app_configs: Any, **kwargs: Any) -> list[Any]:
    needed = _security_middleware() and settings.SECURE_HSTS_SECONDS
    return [] if not needed or settings.SECURE_HSTS_PRELOAD is True else [W021]


@register(Tags.security, deploy=True)
def check_content_type_nosniff(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if not _security_middleware() or settings.SECURE_CONTENT_TYPE_NOSNIFF is True else [W006]


@register(Tags.security, deploy=True)
def check_ssl_redirect(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if not _security_middleware() or settings.SECURE_SSL_REDIRECT is True else [W008]


def _is_strong(secret_key: Any) -> bool:
    return (
        len(set(secret_key)) >= SECRET_KEY_MIN_UNIQUE_CHARACTERS
        and len(secret_key) >= SECRET_KEY_MIN_LENGTH
        and not secret_key.startswith(SECRET_KEY_INSECURE_PREFIX)
    )


@register(Tags.security, deploy=True)
def check_secret_key(app_configs: Any, **kwargs: Any) -> list[Any]:
    try:
        strong = _is_strong(settings.SECRET_KEY)
    except (ImproperlyConfigured, AttributeError):
        strong = False
    return [] if strong else [W009]


@register(Tags.security, deploy=True)
def check_secret_key_fallbacks(app_configs: Any, **kwargs: Any) -> list[Any]:
    try:
        fallbacks = settings.SECRET_KEY_FALLBACKS
    except (ImproperlyConfigured, AttributeError):
        return [Warning(W025.msg % "SECRET_KEY_FALLBACKS", id=W025.id)]
    return [
        Warning(W025.msg % f"SECRET_KEY_FALLBACKS[{index}]", id=W025.id)
        for index, key in enumerate(fallbacks)
        if not _is_strong(key)
    ]


@register(Tags.security, deploy=True)
def check_debug(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [W018] if settings.DEBUG else []


@register(Tags.security, deploy=True)
def check_xframe_deny(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if not _xframe_middleware() or settings.X_FRAME_OPTIONS == "DENY" else [W019]


@register(Tags.security, deploy=True)
def check_allowed_hosts(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if settings.ALLOWED_HOSTS else [W020]


@register(Tags.security, deploy=True)
def check_referrer_policy(app_configs: Any, **kwargs: Any) -> list[Any]:
    if not _security_middleware():
        return []
    policy = settings.SECURE_REFERRER_POLICY
    if policy is None:
        return [W022]
    values = {value.strip() for value in policy.split(",")} if isinstance(policy, str) else set(policy)
    return [] if values <= REFERRER_POLICY_VALUES else [E023]


@register(Tags.security, deploy=True)
def check_cross_origin_opener_policy(app_configs: Any, **kwargs: Any) -> list[Any]:
    policy = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
    if not _security_middleware() or policy is None or policy in CROSS_ORIGIN_OPENER_POLICY_VALUES:
        return []
    return [E024]


@register(Tags.security)
def check_csp_settings(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that the policies are dictionaries."""
    return [
        Error(E026.msg % (name, value), id=E026.id)
        for name in ("SECURE_CSP", "SECURE_CSP_REPORT_ONLY")
        if (value := getattr(settings, name, None)) is not None and not isinstance(value, dict)
    ]


def _wants_nonce(policy: Any) -> bool:
    if not isinstance(policy, dict):
        return False
    return any(
        CSP.NONCE in values if not isinstance(values, str) else values == CSP.NONCE
        for values in policy.values()
        if isinstance(values, Iterable)
    )


@register(Tags.security)
def check_csp_nonce_context_processor(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that templates can write the nonce that a policy asks for."""
    if _CSP_MIDDLEWARE not in settings.MIDDLEWARE:
        return []
    if not (_wants_nonce(settings.SECURE_CSP) or _wants_nonce(settings.SECURE_CSP_REPORT_ONLY)):
        return []
    for engine in settings.TEMPLATES:
        if _CSP_PROCESSOR in engine.get("OPTIONS", {}).get("context_processors", ()):
            return []
    return [W027]
