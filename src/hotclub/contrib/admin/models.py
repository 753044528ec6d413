"""The log of what was done in the admin."""

from __future__ import annotations

import json
from typing import Any

from hotclub.conf import settings
from hotclub.contrib.admin.utils import quote
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.db import models
from hotclub.urls import NoReverseMatch, reverse
from hotclub.utils import timezone
from hotclub.utils.text import get_text_list
from hotclub.utils.translation import gettext
from hotclub.utils.translation import gettext_lazy as _

ADDITION = 1
CHANGE = 2
DELETION = 3

ACTION_FLAG_CHOICES = [
    (ADDITION, _("Addition")),
    (CHANGE, _("Change")),
    (DELETION, _("Deletion")),
]


class LogEntryManager(models.Manager):
    """Writes log entries."""

    use_in_migrations = True

    def log_actions(
        self, user_id: Any, queryset: Any, action_flag: int, change_message: Any = "", *, single_object: bool = False
    ) -> Any:
        """Log an action on objects.

        Args:
            user_id: key of the user.
            queryset: the objects.
            action_flag: `ADDITION`, `CHANGE` or `DELETION`.
            change_message: text, or the list `construct_change_message` makes.
            single_object: return the one entry and send its signals.

        Returns:
            The entry, or the list of entries.
        """
        if isinstance(change_message, list):
            change_message = json.dumps(change_message)
        entries = [
            self.model(
                user_id=user_id,
                content_type_id=ContentType.objects.get_for_model(obj, for_concrete_model=False).id,
                object_id=obj.pk,
                object_repr=str(obj)[:200],
                action_flag=action_flag,
                change_message=change_message,
            )
            for obj in queryset
        ]
        if len(entries) == 1:
            entry = entries[0]
            entry.save()
            return entry if single_object else [entry]
        return self.model.objects.bulk_create(entries)


class LogEntry(models.Model):
    """What one user did to one object."""

    action_time = models.DateTimeField(_("action time"), default=timezone.now, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"))
    content_type = models.ForeignKey(
        ContentType, models.SET_NULL, verbose_name=_("content type"), blank=True, null=True
    )
    object_id = models.TextField(_("object id"), blank=True, null=True)
    # Translators: 'repr' means representation (https://docs.python.org/library/functions.html#repr)
    object_repr = models.CharField(_("object repr"), max_length=200)
    action_flag = models.PositiveSmallIntegerField(_("action flag"), choices=ACTION_FLAG_CHOICES)
    # A text, or JSON that is translated when shown.
    change_message = models.TextField(_("change message"), blank=True)

    objects = LogEntryManager()

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        db_table = "django_admin_log"
        ordering = ["-action_time"]

    def __repr__(self) -> str:
        return str(self.action_time)

    def __str__(self) -> str:
        if self.is_addition():
            return gettext("Added “%(object)s”.") % {"object": self.object_repr}
        if self.is_change():
            return gettext("Changed “%(object)s” — %(changes)s") % {
                "object": self.object_repr,
                "changes": self.get_change_message(),
            }
        if self.is_deletion():
            return gettext("Deleted “%(object)s.”") % {"object": self.object_repr}
        return gettext("LogEntry Object")

    def is_addition(self) -> bool:
        """Whether the object was added."""
        return bool(self.action_flag == ADDITION)

    def is_change(self) -> bool:
        """Whether the object was changed."""
        return bool(self.action_flag == CHANGE)

    def is_deletion(self) -> bool:
        """Whether the object was deleted."""
        return bool(self.action_flag == DELETION)

    def get_change_message(self) -> str:
        """Return what was changed as text in the active language."""
        text: str = self.change_message
        if not text or not text.startswith("["):
            return text
        try:
            changes = json.loads(text)
        except json.JSONDecodeError:
            return text
        messages = [_change_text(change) for change in changes]
        shown = " ".join(message[0].upper() + message[1:] for message in messages if message)
        return shown or gettext("No fields changed.")

    def get_edited_object(self) -> Any:
        """Return the object; its `DoesNotExist` if it is gone."""
        assert self.content_type is not None, "a log entry without a content type has no object"
        return self.content_type.get_object_for_this_type(pk=self.object_id)

    def get_admin_url(self) -> str | None:
        """Return the URL of the object's change page; None if there is no such page."""
        if self.content_type and self.object_id:
            name = f"admin:{self.content_type.app_label}_{self.content_type.model}_change"
            try:
                return str(reverse(name, args=(quote(self.object_id),)))
            except NoReverseMatch:
                pass
        return None


def _change_text(change: dict[str, Any]) -> str:
    """Return one change of `construct_change_message` as a sentence."""
    kind, details = next(iter(change.items()))
    details = dict(details)
    named = "name" in details
    if named:
        details["name"] = gettext(details["name"])
    if kind == "added":
        return gettext("Added {name} “{object}”.").format(**details) if named else gettext("Added.")
    if kind == "changed":
        details["fields"] = get_text_list([gettext(field) for field in details["fields"]], gettext("and"))
        if named:
            return gettext("Changed {fields} for {name} “{object}”.").format(**details)
        return gettext("Changed {fields}.").format(**details)
    if kind == "deleted":
        return gettext("Deleted {name} “{object}”.").format(**details)
    return ""
