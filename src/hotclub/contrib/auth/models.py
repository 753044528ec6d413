"""Users, groups and permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotclub._flow.drivers import adrive, drive
from hotclub._kernel.late_modules import LateModule
from hotclub.apps import apps
from hotclub.contrib import auth
from hotclub.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from hotclub.contrib.auth.flows import ask
from hotclub.contrib.auth.hashers import make_password
from hotclub.contrib.auth.validators import UnicodeUsernameValidator
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.core.exceptions import PermissionDenied
from hotclub.db import models
from hotclub.db.models.manager import EmptyManager
from hotclub.db.ports import ASYNC, SYNC
from hotclub.utils import timezone
from hotclub.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from hotclub.core import mail
else:
    mail = LateModule("hotclub.core.mail")


def update_last_login(sender: Any, user: Any, **kwargs: Any) -> None:
    """Receiver of `user_logged_in`: note the time."""
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])


class PermissionManager(models.Manager):
    """Finds permissions by their natural key."""

    use_in_migrations = True

    def get_by_natural_key(self, codename: str, app_label: str, model: str) -> Any:
        """Return a permission by its code name and the model it is for."""
        content_type = ContentType.objects.db_manager(self.db).get_by_natural_key(app_label, model)
        return self.get(codename=codename, content_type=content_type)


class Permission(models.Model):
    """Something one may do with objects of a model."""

    name = models.CharField(_("name"), max_length=255)
    content_type = models.ForeignKey(ContentType, models.CASCADE, verbose_name=_("content type"))
    codename = models.CharField(_("codename"), max_length=100)

    objects = PermissionManager()

    class Meta:
        verbose_name = _("permission")
        verbose_name_plural = _("permissions")
        unique_together = [["content_type", "codename"]]
        ordering = ["content_type__app_label", "content_type__model", "codename"]

    def __str__(self) -> str:
        return f"{self.content_type} | {self.name}"

    @property
    def user_perm_str(self) -> str:
        """What `has_perm` calls it: "app_label.codename"."""
        return f"{self.content_type.app_label}.{self.codename}"

    def natural_key(self) -> tuple[Any, ...]:
        """Return code name, and label and name of the model."""
        return (self.codename, *self.content_type.natural_key())

    natural_key.dependencies = ["contenttypes.contenttype"]  # type: ignore[attr-defined]


class GroupManager(models.Manager):
    """Finds groups by name."""

    use_in_migrations = True

    def get_by_natural_key(self, name: str) -> Any:
        """Return a group by its name."""
        return self.get(name=name)

    async def aget_by_natural_key(self, name: str) -> Any:
        """See `get_by_natural_key`."""
        return await self.aget(name=name)


class Group(models.Model):
    """A group of users, and what they may do."""

    name = models.CharField(_("name"), max_length=150, unique=True)
    permissions = models.ManyToManyField(Permission, verbose_name=_("permissions"), blank=True)

    objects = GroupManager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")

    def __str__(self) -> str:
        return str(self.name)

    def natural_key(self) -> tuple[str]:
        """Return the name."""
        return (self.name,)


_NO_RIGHTS = {"is_staff": False, "is_superuser": False}


def _with_all_rights(fields: dict[str, Any]) -> dict[str, Any]:
    for name in _NO_RIGHTS:
        if fields.get(name, True) is not True:
            raise ValueError(f"Superuser must have {name}=True.")
    return {**fields, **dict.fromkeys(_NO_RIGHTS, True)}


class UserManager(BaseUserManager):
    """Makes users."""

    use_in_migrations = True

    def _new_user(self, username: Any, email: Any, password: Any, extra_fields: dict[str, Any]) -> Any:
        if not username:
            raise ValueError("The given username must be set")
        email = self.normalize_email(email)
        # The model may be a historical one, in a migration; its rules are those of the current one.
        current = apps.get_model(self.model._meta.app_label, self.model._meta.object_name)
        user = self.model(username=current.normalize_username(username), email=email, **extra_fields)
        user.password = make_password(password)
        return user

    async def _make(self, username: Any, email: Any, password: Any, fields: dict[str, Any]) -> Any:
        """Flow: make and save a user."""
        user = self._new_user(username, email, password, fields)
        await ask(user, "save", using=self._db)
        return user

    def create_user(self, username: Any, email: Any = None, password: Any = None, **extra_fields: Any) -> Any:
        """Make, save and return a user; without a password, one that cannot log in."""
        return drive(self._make(username, email, password, {**_NO_RIGHTS, **extra_fields}), SYNC)

    create_user.alters_data = True  # type: ignore[attr-defined]

    async def acreate_user(self, username: Any, email: Any = None, password: Any = None, **extra_fields: Any) -> Any:
        """See `create_user`."""
        return await adrive(self._make(username, email, password, {**_NO_RIGHTS, **extra_fields}), ASYNC)

    acreate_user.alters_data = True  # type: ignore[attr-defined]

    def create_superuser(self, username: Any, email: Any = None, password: Any = None, **extra_fields: Any) -> Any:
        """Make, save and return a user who may do everything.

        Raises:
            ValueError: `is_staff` or `is_superuser` is given, and not as True.
        """
        return drive(self._make(username, email, password, _with_all_rights(extra_fields)), SYNC)

    create_superuser.alters_data = True  # type: ignore[attr-defined]

    async def acreate_superuser(
        self, username: Any, email: Any = None, password: Any = None, **extra_fields: Any
    ) -> Any:
        """See `create_superuser`."""
        return await adrive(self._make(username, email, password, _with_all_rights(extra_fields)), ASYNC)

    acreate_superuser.alters_data = True  # type: ignore[attr-defined]

    def with_perm(
        self, perm: Any, is_active: bool = True, include_superusers: bool = True, backend: Any = None, obj: Any = None
    ) -> Any:
        """Return the users who have a permission.

        Args:
            perm: "app_label.codename", or a `Permission`.
            is_active: only active users; only inactive ones if False, all if None.
            include_superusers: also those who may do everything.
            backend: path of the backend to ask, where several are configured.
            obj: the object the permission is for.

        Raises:
            ValueError: several backends are configured, and none is named.
            TypeError: the backend is no path.
        """
        if isinstance(backend, str):
            asked = auth.load_backend(backend)
        elif backend is not None:
            raise TypeError(f"backend must be a dotted import path string (got {backend}).")
        else:
            asked, *others = auth.get_backends()
            if others:
                raise ValueError(
                    "You have multiple authentication backends configured and therefore must provide the `backend` argument."
                )
        if hasattr(asked, "with_perm"):
            return asked.with_perm(perm, is_active=is_active, include_superusers=include_superusers, obj=obj)
        return self.none()


async def permissions_of(user: Any, obj: Any, kind: str) -> set[Any]:
    """Flow: all permissions of a kind ("user", "group", "all") that the backends know."""
    permissions: set[Any] = set()
    name = f"get_{kind}_permissions"
    for backend in auth.get_backends():
        if hasattr(backend, name):
            permissions.update(await ask(backend, name, user, obj))
    return permissions


async def permission_granted(user: Any, method: str, *args: Any) -> bool:
    """Flow: whether one of the backends grants something; an active superuser is not asked about.

    `PermissionDenied` from one of the backends is a no for all of them.
    """
    if user.is_active and user.is_superuser:
        return True
    for backend in auth.get_backends():
        if not hasattr(backend, method):
            continue
        try:
            if await ask(backend, method, user, *args):
                return True
        except PermissionDenied:
            return False
    return False


async def all_granted(user: Any, perm_list: Any, obj: Any) -> bool:
    """Flow: whether a user has every permission of a list.

    Raises:
        ValueError: the list is none.
    """
    if isinstance(perm_list, str) or not hasattr(perm_list, "__iter__"):
        raise ValueError("perm_list must be an iterable of permissions.")
    for perm in perm_list:
        if not await ask(user, "has_perm", perm, obj):
            return False
    return True


class PermissionsMixin(models.Model):
    """Fields and methods for a user model with groups and permissions."""

    is_active: Any

    is_superuser = models.BooleanField(
        _("superuser status"),
        default=False,
        help_text=_("Designates that this user has all permissions without explicitly assigning them."),
    )
    groups = models.ManyToManyField(
        Group,
        verbose_name=_("groups"),
        blank=True,
        help_text=_(
            "The groups this user belongs to. A user will get all permissions granted to each of their groups."
        ),
        related_name="user_set",
        related_query_name="user",
    )
    user_permissions = models.ManyToManyField(
        Permission,
        verbose_name=_("user permissions"),
        blank=True,
        help_text=_("Specific permissions for this user."),
        related_name="user_set",
        related_query_name="user",
    )

    class Meta:
        abstract = True

    # `self` is any user: `AnonymousUser` asks by the same methods.

    def get_user_permissions(self: Any, obj: Any = None) -> set[str]:
        """Return the permissions given to the user directly."""
        return drive(permissions_of(self, obj, "user"), SYNC)

    async def aget_user_permissions(self: Any, obj: Any = None) -> set[str]:
        """See `get_user_permissions`."""
        return await adrive(permissions_of(self, obj, "user"), ASYNC)

    def get_group_permissions(self: Any, obj: Any = None) -> set[str]:
        """Return the permissions the user has through groups."""
        return drive(permissions_of(self, obj, "group"), SYNC)

    async def aget_group_permissions(self: Any, obj: Any = None) -> set[str]:
        """See `get_group_permissions`."""
        return await adrive(permissions_of(self, obj, "group"), ASYNC)

    def get_all_permissions(self: Any, obj: Any = None) -> set[str]:
        """Return all permissions of the user."""
        return drive(permissions_of(self, obj, "all"), SYNC)

    async def aget_all_permissions(self: Any, obj: Any = None) -> set[str]:
        """See `get_all_permissions`."""
        return await adrive(permissions_of(self, obj, "all"), ASYNC)

    def has_perm(self: Any, perm: str, obj: Any = None) -> bool:
        """Say whether the user has a permission ("app_label.codename"); an active superuser has all."""
        return drive(permission_granted(self, "has_perm", perm, obj), SYNC)

    async def ahas_perm(self: Any, perm: str, obj: Any = None) -> bool:
        """See `has_perm`."""
        return await adrive(permission_granted(self, "has_perm", perm, obj), ASYNC)

    def has_perms(self: Any, perm_list: Any, obj: Any = None) -> bool:
        """Say whether the user has every permission of a list."""
        return drive(all_granted(self, perm_list, obj), SYNC)

    async def ahas_perms(self: Any, perm_list: Any, obj: Any = None) -> bool:
        """See `has_perms`."""
        return await adrive(all_granted(self, perm_list, obj), ASYNC)

    def has_module_perms(self: Any, app_label: str) -> bool:
        """Say whether the user has any permission in an application."""
        return drive(permission_granted(self, "has_module_perms", app_label), SYNC)

    async def ahas_module_perms(self: Any, app_label: str) -> bool:
        """See `has_module_perms`."""
        return await adrive(permission_granted(self, "has_module_perms", app_label), ASYNC)


class AbstractUser(AbstractBaseUser, PermissionsMixin):
    """A user with name, address, and rights in the admin: the base of most user models."""

    username_validator = UnicodeUsernameValidator()

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        help_text=_("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
        validators=[username_validator],
        error_messages={"unique": _("A user with that username already exists.")},
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("email address"), blank=True)
    is_staff = models.BooleanField(
        _("staff status"),
        default=False,
        help_text=_("Designates whether the user can log into this admin site."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_(
            "Designates whether this user should be treated as active. Unselect this instead of deleting accounts."
        ),
    )
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        abstract = True

    def clean(self) -> None:
        super().clean()
        self.email = self.__class__.objects.normalize_email(self.email)

    def get_full_name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """Return the first name."""
        return str(self.first_name)

    def email_user(self, subject: Any, message: Any, from_email: Any = None, **kwargs: Any) -> None:
        """Send a mail to the user."""
        mail.send_mail(subject, message, from_email, [self.email], **kwargs)


class User(AbstractUser):
    """The users of a project that has no model of its own for them."""

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"


class AnonymousUser:
    """Stands for whoever is not logged in."""

    id = None
    pk = None
    username = ""
    is_staff = False
    is_active = False
    is_superuser = False
    is_anonymous = True
    is_authenticated = False
    groups = EmptyManager(Group)
    user_permissions = EmptyManager(Permission)

    # The backends are asked about nobody as about anybody.
    get_user_permissions = PermissionsMixin.get_user_permissions
    aget_user_permissions = PermissionsMixin.aget_user_permissions
    get_all_permissions = PermissionsMixin.get_all_permissions
    aget_all_permissions = PermissionsMixin.aget_all_permissions
    has_perm = PermissionsMixin.has_perm
    ahas_perm = PermissionsMixin.ahas_perm
    has_perms = PermissionsMixin.has_perms
    ahas_perms = PermissionsMixin.ahas_perms
    has_module_perms = PermissionsMixin.has_module_perms
    ahas_module_perms = PermissionsMixin.ahas_module_perms

    def get_group_permissions(self, obj: Any = None) -> set[str]:
        """Return nothing: nobody is in no group."""
        return set()

    async def aget_group_permissions(self, obj: Any = None) -> set[str]:
        """See `get_group_permissions`."""
        return set()

    def get_username(self) -> str:
        """Return an empty text."""
        return self.username

    def __str__(self) -> str:
        return "AnonymousUser"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self.__class__)

    def __hash__(self) -> int:
        return 1  # all of them are equal

    def __int__(self) -> int:
        raise TypeError("Cannot cast AnonymousUser to int. Are you trying to use it in place of User?")

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        """Stand for what needs a row."""
        raise NotImplementedError("Django doesn't provide a DB representation for AnonymousUser.")

    save = delete = set_password = check_password = _refuse
