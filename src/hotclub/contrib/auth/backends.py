"""Backends: where users come from, and who says what they may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub.contrib.auth import get_user_model
from hotclub.contrib.auth.flows import Concealed, ask, ask_secretly
from hotclub.contrib.auth.models import Permission
from hotclub.db.awaiting import await_or_thread
from hotclub.db.models import Exists, OuterRef, Q
from hotclub.db.ports import ASYNC, SYNC
from hotclub.views.decorators.debug import sensitive_variables


class BaseBackend:
    """Base of backends: nobody, with no permissions. Each pair may be overridden by halves.

    Source: docs ref/contrib/auth, "Available authentication backends".
    """

    def authenticate(self, request: Any, **kwargs: Any) -> Any:
        """Return the user the credentials belong to, or None."""
        return None

    async def aauthenticate(self, request: Any, **kwargs: Any) -> Any:
        """See `authenticate`."""
        return await _own_half(self.authenticate, request, **kwargs)

    def get_user(self, user_id: Any) -> Any:
        """Return the user of an id, or None."""
        return None

    async def aget_user(self, user_id: Any) -> Any:
        """See `get_user`."""
        return await _own_half(self.get_user, user_id)

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions given to the user directly."""
        return set()

    async def aget_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """See `get_user_permissions`."""
        permissions: set[str] = await _own_half(self.get_user_permissions, user_obj, obj)
        return permissions

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions the user has through groups."""
        return set()

    async def aget_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """See `get_group_permissions`."""
        permissions: set[str] = await _own_half(self.get_group_permissions, user_obj, obj)
        return permissions

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return both together."""
        return drive(_both_kinds(self, user_obj, obj), SYNC)

    async def aget_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """See `get_all_permissions`."""
        return await adrive(_both_kinds(self, user_obj, obj), ASYNC)

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Say whether the user has a permission."""
        return drive(_is_among(self, user_obj, perm, obj), SYNC)

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """See `has_perm`."""
        return await adrive(_is_among(self, user_obj, perm, obj), ASYNC)


async def _own_half(method: Any, *args: Any, **kwargs: Any) -> Any:
    """Answer for an async half with the sync one: in a thread, if a subclass has made it one that may wait."""
    if getattr(BaseBackend, method.__name__, None) is method.__func__:
        return method(*args, **kwargs)
    return await await_or_thread(Concealed(method, *args, **kwargs))


async def _both_kinds(backend: BaseBackend, user: Any, obj: Any) -> set[str]:
    """Flow: the permissions given directly, and those through groups."""
    directly = await ask(backend, "get_user_permissions", user, obj=obj)
    return {*directly, *await ask(backend, "get_group_permissions", user, obj=obj)}


async def _is_among(backend: BaseBackend, user: Any, perm: str, obj: Any) -> bool:
    """Flow: whether a permission is one of the user's."""
    return perm in await ask(backend, "get_all_permissions", user, obj=obj)


@sensitive_variables("password", "kwargs")
async def _authenticate(backend: ModelBackend, username: Any, password: Any, kwargs: dict[str, Any]) -> Any:
    """Flow: look the user up and compare the password, with the same work whether or not there is such a user."""
    model = get_user_model()
    if username is None:
        username = kwargs.get(model.USERNAME_FIELD)
    if username is None or password is None:
        return None
    try:
        user = await ask(model._default_manager, "get_by_natural_key", username)
    except model.DoesNotExist:
        # Hashing takes most of the time: it is done for nobody as well.
        await CallUser(Concealed(model().set_password, password))
        return None
    correct = await ask_secretly(user, "check_password", password)
    return user if correct and backend.user_can_authenticate(user) else None


def _given_directly(user: Any) -> Any:
    return user.user_permissions.all()


def _given_to_groups(user: Any) -> Any:
    return Permission.objects.filter(group__in=user.groups.all())


def _concerns(user: Any, obj: Any) -> bool:
    """Say whether there can be permissions at all: these tables have none for single objects, nor for inactive users."""
    return bool(user.is_active) and not user.is_anonymous and obj is None


async def _stored(user: Any, obj: Any, kept_as: str, query_of: Callable[[Any], Any]) -> set[str]:
    """Flow: "app_label.codename" of the permissions of a query, asked once per user object; a superuser has all."""
    if not _concerns(user, obj):
        return set()
    known: set[str] | None = getattr(user, kept_as, None)
    if known is None:
        query = Permission.objects.all() if user.is_superuser else query_of(user)
        pairs = query.values_list("content_type__app_label", "codename").order_by()

        async def fetch() -> list[tuple[str, str]]:
            return [pair async for pair in pairs]

        rows = await CallUser(lambda: list(pairs), async_function=fetch)
        known = {f"{label}.{codename}" for label, codename in rows}
        setattr(user, kept_as, known)
    return known


async def _all_stored(backend: ModelBackend, user: Any, obj: Any) -> set[str]:
    """Flow: all permissions, put together once per user object."""
    if not _concerns(user, obj):
        return set()
    known: set[str] | None = getattr(user, "_perm_cache", None)
    if known is None:
        known = user._perm_cache = await _both_kinds(backend, user, obj)
    return known


async def _has_module_perms(backend: ModelBackend, user: Any, app_label: str) -> bool:
    """Flow: whether one of the user's permissions is an application's."""
    if not user.is_active:
        return False
    permissions = await ask(backend, "get_all_permissions", user)
    return any(name.partition(".")[0] == app_label for name in permissions)


async def _get_user(backend: ModelBackend, user_id: Any) -> Any:
    """Flow: the user of an id, if they may be logged in."""
    model = get_user_model()
    try:
        user = await ask(model._default_manager, "get", pk=user_id)
    except model.DoesNotExist:
        return None
    return user if backend.user_can_authenticate(user) else None


class ModelBackend(BaseBackend):
    """Users of the user model, with permissions and groups."""

    @sensitive_variables("password", "kwargs")
    def authenticate(self, request: Any, username: Any = None, password: Any = None, **kwargs: Any) -> Any:
        return drive(_authenticate(self, username, password, kwargs), SYNC)

    @sensitive_variables("password", "kwargs")
    async def aauthenticate(self, request: Any, username: Any = None, password: Any = None, **kwargs: Any) -> Any:
        return await adrive(_authenticate(self, username, password, kwargs), ASYNC)

    def user_can_authenticate(self, user: Any) -> bool:
        """Say whether the user may log in: inactive ones may not; models without that field always may."""
        return bool(getattr(user, "is_active", True))

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return drive(_stored(user_obj, obj, "_user_perm_cache", _given_directly), SYNC)

    async def aget_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await adrive(_stored(user_obj, obj, "_user_perm_cache", _given_directly), ASYNC)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return drive(_stored(user_obj, obj, "_group_perm_cache", _given_to_groups), SYNC)

    async def aget_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await adrive(_stored(user_obj, obj, "_group_perm_cache", _given_to_groups), ASYNC)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return drive(_all_stored(self, user_obj, obj), SYNC)

    async def aget_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await adrive(_all_stored(self, user_obj, obj), ASYNC)

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return bool(user_obj.is_active) and super().has_perm(user_obj, perm, obj=obj)

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return bool(user_obj.is_active) and await super().ahas_perm(user_obj, perm, obj=obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Say whether the user has any permission in an application."""
        return drive(_has_module_perms(self, user_obj, app_label), SYNC)

    async def ahas_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """See `has_module_perms`."""
        return await adrive(_has_module_perms(self, user_obj, app_label), ASYNC)

    def with_perm(
        self, perm: Any, is_active: bool | None = True, include_superusers: bool = True, obj: Any = None
    ) -> Any:
        """Return the users who have a permission; see `UserManager.with_perm`.

        Raises:
            ValueError: the text is not "app_label.codename".
            TypeError: it is neither text nor a permission.
        """
        users = get_user_model()._default_manager
        if isinstance(perm, Permission):
            this_one = Q(pk=perm.pk)
        elif isinstance(perm, str):
            app_label, _dot, codename = perm.partition(".")
            if not codename or "." in codename:
                raise ValueError("Permission name should be in the form app_label.permission_codename.")
            this_one = Q(codename=codename, content_type__app_label=app_label)
        else:
            raise TypeError("The `perm` argument must be a string or a permission instance.")
        if obj is not None:
            return users.none()
        holder = Q(group__user=OuterRef("pk")) | Q(user=OuterRef("pk"))
        condition: Any = Exists(Permission.objects.filter(holder & this_one))
        if include_superusers:
            condition |= Q(is_superuser=True)
        if is_active is not None:
            condition &= Q(is_active=is_active)
        return users.filter(condition)

    def get_user(self, user_id: Any) -> Any:
        return drive(_get_user(self, user_id), SYNC)

    async def aget_user(self, user_id: Any) -> Any:
        return await adrive(_get_user(self, user_id), ASYNC)


class AllowAllUsersModelBackend(ModelBackend):
    """`ModelBackend` that lets inactive users in."""

    def user_can_authenticate(self, user: Any) -> bool:
        return True


async def _authenticate_remote(backend: RemoteUserBackend, request: Any, remote_user: Any) -> Any:
    """Flow: the user of a name that the web server vouches for, made if need be."""
    if not remote_user:
        return None
    model = get_user_model()
    username = backend.clean_username(remote_user)
    created = False
    if backend.create_unknown_user:
        user, created = await ask(model._default_manager, "get_or_create", **{model.USERNAME_FIELD: username})
    else:
        try:
            user = await ask(model._default_manager, "get_by_natural_key", username)
        except model.DoesNotExist:
            return None
    user = await ask(backend, "configure_user", request, user, created=created)
    return user if backend.user_can_authenticate(user) else None


class RemoteUserBackend(ModelBackend):
    """Users whom the web server has authenticated already.

    Attributes:
        create_unknown_user: make users who are not known yet.
    """

    create_unknown_user = True

    def authenticate(self, request: Any, remote_user: Any) -> Any:  # type: ignore[override]  # documented signature
        return drive(_authenticate_remote(self, request, remote_user), SYNC)

    async def aauthenticate(self, request: Any, remote_user: Any) -> Any:  # type: ignore[override]  # documented signature
        return await adrive(_authenticate_remote(self, request, remote_user), ASYNC)

    def clean_username(self, username: Any) -> Any:
        """Return the name to look for, made of what the web server gave."""
        return username

    def configure_user(self, request: Any, user: Any, created: bool = True) -> Any:
        """Return the user, after changes to their attributes; called at each log-in."""
        return user

    async def aconfigure_user(self, request: Any, user: Any, created: bool = True) -> Any:
        """See `configure_user`."""
        return await await_or_thread(self.configure_user, request, user, created)


class AllowAllUsersRemoteUserBackend(RemoteUserBackend):
    """`RemoteUserBackend` that lets inactive users in."""

    def user_can_authenticate(self, user: Any) -> bool:
        return True
