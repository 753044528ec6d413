"""The table of flat pages."""

from __future__ import annotations

from hotclub.contrib.sites.models import Site
from hotclub.db import models
from hotclub.urls import NoReverseMatch, get_script_prefix, reverse
from hotclub.utils.encoding import iri_to_uri
from hotclub.utils.module_loading import import_string
from hotclub.utils.translation import gettext_lazy as _


class FlatPage(models.Model):
    """A page with a URL, a title and HTML of its own."""

    url = models.CharField(_("URL"), max_length=100, db_index=True)
    title = models.CharField(_("title"), max_length=200)
    content = models.TextField(_("content"), blank=True)
    enable_comments = models.BooleanField(_("enable comments"), default=False)
    template_name = models.CharField(
        _("template name"),
        max_length=70,
        blank=True,
        help_text=_(
            "Example: “flatpages/contact_page.html”. If this isn’t provided, the system will use "
            "“flatpages/default.html”."
        ),
    )
    registration_required = models.BooleanField(
        _("registration required"),
        help_text=_("If this is checked, only logged-in users will be able to view the page."),
        default=False,
    )
    sites = models.ManyToManyField(Site, verbose_name=_("sites"))

    class Meta:
        db_table = "django_flatpage"
        verbose_name = _("flat page")
        verbose_name_plural = _("flat pages")
        ordering = ["url"]

    def __str__(self) -> str:
        return f"{self.url} -- {self.title}"

    def get_absolute_url(self) -> str:
        """Return the URL under which the view is routed; the page's own, where only the middleware serves it."""
        # Views lie above models, so this one is found by its path.
        view = import_string("hotclub.contrib.flatpages.views.flatpage")
        for url in (self.url.lstrip("/"), self.url):
            try:
                return str(reverse(view, kwargs={"url": url}))
            except NoReverseMatch:
                continue
        return str(iri_to_uri(get_script_prefix().rstrip("/") + self.url))
