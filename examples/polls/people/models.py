"""People: what the site shows of a user besides the login."""

from hotclub.conf import settings
from hotclub.db import models
from hotclub.urls import reverse


class Profile(models.Model):
    """The public face of a user."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    bio = models.TextField(blank=True, max_length=500)
    hue = models.PositiveSmallIntegerField(default=210, help_text="Colour of the avatar, in degrees (0 to 359).")

    class Meta:
        ordering = ["user__username"]
        constraints = [models.CheckConstraint(condition=models.Q(hue__lt=360), name="people_profile_hue_below_360")]

    def __str__(self):
        return self.user.get_full_name() or self.user.get_username()

    def get_absolute_url(self):
        return reverse("people:detail", args=[self.user.get_username()])

    @property
    def initials(self):
        words = str(self).split()
        return "".join(word[0] for word in words[:2]).upper()
