"""The form for flat pages, as the admin uses it."""

from __future__ import annotations

from typing import Any

from hotclub import forms
from hotclub.conf import settings
from hotclub.contrib.flatpages.models import FlatPage
from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext
from hotclub.utils.translation import gettext_lazy as _


class FlatpageForm(forms.ModelForm):  # type: ignore[type-arg,unused-ignore]
    """Checks the URL's form, and that no other page of a site has it."""

    url = forms.RegexField(
        label=_("URL"),
        max_length=100,
        regex=r"^[-\w/.~]+$",
        help_text=_("Example: “/about/contact/”. Make sure to have leading and trailing slashes."),
        error_messages={
            "invalid": _(
                "This value must contain only letters, numbers, dots, underscores, dashes, slashes or tildes."
            ),
        },
    )

    class Meta:
        model = FlatPage
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self._needs_trailing_slash():
            self.fields["url"].help_text = _("Example: “/about/contact”. Make sure to have a leading slash.")

    def _needs_trailing_slash(self) -> bool:
        return settings.APPEND_SLASH and "hotclub.middleware.common.CommonMiddleware" in settings.MIDDLEWARE

    def clean_url(self) -> str:
        """Check the slashes at both ends."""
        url: str = self.cleaned_data["url"]
        if not url.startswith("/"):
            raise ValidationError(gettext("URL is missing a leading slash."), code="missing_leading_slash")
        if self._needs_trailing_slash() and not url.endswith("/"):
            raise ValidationError(gettext("URL is missing a trailing slash."), code="missing_trailing_slash")
        return url

    def clean(self) -> Any:
        """Check that the URL is free on each of the sites."""
        url, sites = self.cleaned_data.get("url"), self.cleaned_data.get("sites")
        namesakes = FlatPage.objects.filter(url=url)
        if self.instance.pk:
            namesakes = namesakes.exclude(pk=self.instance.pk)
        for site in sites if sites and namesakes.exists() else ():
            if namesakes.filter(sites=site).exists():
                raise ValidationError(
                    _("Flatpage with url %(url)s already exists for site %(site)s"),
                    code="duplicate_url",
                    params={"url": url, "site": site},
                )
        return super().clean()
