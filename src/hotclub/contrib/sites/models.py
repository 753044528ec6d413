"""Sites: domains that one database serves."""

from __future__ import annotations

import string
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured, ValidationError
from hotclub.db import models
from hotclub.db.models.signals import pre_delete, pre_save
from hotclub.http.request import split_domain_port
from hotclub.utils.translation import gettext_lazy as _

SITE_CACHE: dict[Any, Any] = {}
"""Sites by id and by host; cleared along with the rows."""
_MAX_CACHED = 1000


def _simple_domain_name_validator(value: str) -> None:
    """Refuse blanks in a domain."""
    if any(char in value for char in string.whitespace):
        raise ValidationError(_("The domain name cannot contain any spaces or tabs."), code="invalid")


def _remember(key: Any, site: Any) -> Any:
    # Hosts come from strangers.
    if len(SITE_CACHE) >= _MAX_CACHED:
        SITE_CACHE.clear()
    SITE_CACHE[key] = site
    return site


class SiteManager(models.Manager):
    """Finds the current site."""

    use_in_migrations = True

    def _get_site_by_id(self, site_id: Any) -> Any:
        if site_id not in SITE_CACHE:
            _remember(site_id, self.get(pk=site_id))
        return SITE_CACHE[site_id]

    def _get_site_by_request(self, request: Any) -> Any:
        host = request.get_host()
        try:
            if host not in SITE_CACHE:
                _remember(host, self.get(domain__iexact=host))
            return SITE_CACHE[host]
        except Site.DoesNotExist:
            # Without the port, as a site is usually entered.
            domain, _port = split_domain_port(host)
            if domain not in SITE_CACHE:
                _remember(domain, self.get(domain__iexact=domain))
            return SITE_CACHE[domain]

    def get_current(self, request: Any = None) -> Any:
        """Return the site of `SITE_ID`; without that setting, the one of the request's host.

        Raises:
            ImproperlyConfigured: there is neither.
        """

        if getattr(settings, "SITE_ID", ""):
            return self._get_site_by_id(settings.SITE_ID)
        if request:
            return self._get_site_by_request(request)
        raise ImproperlyConfigured(
            'You\'re using the Django "sites framework" without having set the SITE_ID setting. Create a site in your '
            "database and set the SITE_ID setting or pass a request to Site.objects.get_current() to fix this error."
        )

    def clear_cache(self) -> None:
        """Forget the sites that were looked up."""
        SITE_CACHE.clear()

    def get_by_natural_key(self, domain: str) -> Any:
        """Return a site by its domain."""
        return self.get(domain=domain)


class Site(models.Model):
    """A domain, and a name for it."""

    domain = models.CharField(_("domain name"), max_length=100, validators=[_simple_domain_name_validator], unique=True)
    name = models.CharField(_("display name"), max_length=50)
    objects = SiteManager()

    class Meta:
        db_table = "django_site"
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["domain"]

    def __str__(self) -> str:
        return str(self.domain)

    def natural_key(self) -> tuple[str]:
        """Return the domain."""
        return (self.domain,)


def clear_site_cache(sender: Any, **kwargs: Any) -> None:
    """Forget a site that is about to be changed or deleted."""
    instance = kwargs["instance"]
    using = kwargs["using"]
    SITE_CACHE.pop(instance.pk, None)
    try:
        SITE_CACHE.pop(Site.objects.using(using).get(pk=instance.pk).domain, None)
    except Site.DoesNotExist:
        pass  # a new one


pre_save.connect(clear_site_cache, sender=Site)
pre_delete.connect(clear_site_cache, sender=Site)
