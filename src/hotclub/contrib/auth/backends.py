"""Backends: where users come from, and who says what they may do."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub.contrib.auth import get_user_model
from hotclub.contrib.auth.flows import ask
from hotclub.contrib.auth.models import Permission
from hotclub.db.models import Exists, OuterRef, Q
from hotclub.db.ports import ASYNC, SYNC


class BaseBackend:
    """Base of backends: nobody, with no permissions. Each pair may be overridden by halves."""

    def authenticate(self, request: Any, **kwargs: Any) -> Any:
        """Return the user the credentials belong to, or None."""
        return None

    async def aauthenticate(self, request: Any, **kwargs: Any) -> Any:
        return await sync_to_async(self.authenticate)(request, **kwargs)

    def get_user(self, user_id: Any) -> Any:
        """Return the user of an id, or None."""
        return None

    async def aget_user(self, user_id: Any) -> Any:
        return await sync_to_async(self.get_user)(user_id)

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions given to the user directly."""
        return set()

    async def aget_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await sync_to_async(self.get_user_permissions)(user_obj, obj)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions the user has through groups."""
        return set()

    async def aget_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await sync_to_async(self.get_group_permissions)(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return both together."""
        return {*self.get_user_permissions(user_obj, obj=obj), *self.get_group_permissions(user_obj, obj=obj)}

    async def aget_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return {
            *await self.aget_user_permissions(user_obj, obj=obj),
            *await self.aget_group_permissions(user_obj, obj=obj),
        }

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Say whether the user has a permission."""
        return perm in self.get_all_permissions(user_obj, obj=obj)

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in await self.aget_all_permissions(user_obj, obj)


async def _authenticate(backend: ModelBackend, username: Any, password: Any, kwargs: dict[str, Any]) -> Any:
    """Flow: look the user up and compare the password, with the same work whether or not there is such a user."""
    model = get_user_model()
    if username is None:
        username = kwargs.get(model.USERNAME_FIELD)
    if username is None or password is None:
        return None
    manager = model._default_manager
    try:
        user = await ask(manager, "get_by_natural_key", username)
    except model.DoesNotExist:
        # Hashing takes most of the time: it is done for nobody as well.
        await CallUser(model().set_password, (password,))
        return None
    correct = await ask(user, "check_password", password)
    return user if correct and backend.user_can_authenticate(user) else None


async def _permission_names(permissions: Any) -> set[str]:
    """Flow: "app_label.codename" of each permission of a query."""
    pairs = permissions.values_list("content_type__app_label", "codename").order_by()

    async def fetch() -> list[tuple[str, str]]:
        return [pair async for pair in pairs]

    rows = await CallUser(lambda: list(pairs), async_function=fetch)
    return {f"{label}.{codename}" for label, codename in rows}


async def _permissions(backend: ModelBackend, user: Any, obj: Any, kind: str) -> set[str]:
    """Flow: the permissions of a kind ("user", "group"), kept on the user object."""
    if not user.is_active or user.is_anonymous or obj is not None:
        return set()
    cache_name = f"_{kind}_perm_cache"
    if not hasattr(user, cache_name):
        if user.is_superuser:
            query = Permission.objects.all()
        else:
            query = getattr(backend, f"_get_{kind}_permissions")(user)
        setattr(user, cache_name, await _permission_names(query))
    found: set[str] = getattr(user, cache_name)
    return found


async def _all_permissions(backend: ModelBackend, user: Any, obj: Any) -> set[str]:
    """Flow: all permissions, kept on the user object."""
    if not user.is_active or user.is_anonymous or obj is not None:
        return set()
    if not hasattr(user, "_perm_cache"):
        user._perm_cache = {
            *await ask(backend, "get_user_permissions", user, obj),
            *await ask(backend, "get_group_permissions", user, obj),
        }
    found: set[str] = user._perm_cache
    return found


async def _has_module_perms(backend: ModelBackend, user: Any, app_label: str) -> bool:
    if not user.is_active:
        return False
    permissions = await ask(backend, "get_all_permissions", user)
    return any(name.partition(".")[0] == app_label for name in permissions)


async def _get_user(backend: ModelBackend, user_id: Any) -> Any:
    model = get_user_model()
    try:
        user = await ask(model._default_manager, "get", pk=user_id)
    except model.DoesNotExist:
        return None
    return user if backend.user_can_authenticate(user) else None


class ModelBackend(BaseBackend):
    """Users of the user model, with permissions and groups."""

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **kwargs: Any) -> Any:
        return drive(_authenticate(self, username, password, kwargs), SYNC)

    async def aauthenticate(self, request: Any, username: Any = None, password: Any = None, **kwargs: Any) -> Any:
        return await adrive(_authenticate(self, username, password, kwargs), ASYNC)

    def user_can_authenticate(self, user: Any) -> bool:
        """Say whether the user may log in: inactive ones may not; models without that field always may."""
        return bool(getattr(user, "is_active", True))

    def _get_user_permissions(self, user_obj: Any) -> Any:
        return user_obj.user_permissions.all()

    def _get_group_permissions(self, user_obj: Any) -> Any:
        return Permission.objects.filter(group__in=user_obj.groups.all())

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return drive(_permissions(self, user_obj, obj, "user"), SYNC)

    async def aget_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await adrive(_permissions(self, user_obj, obj, "user"), ASYNC)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return drive(_permissions(self, user_obj, obj, "group"), SYNC)

    async def aget_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await adrive(_permissions(self, user_obj, obj, "group"), ASYNC)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return drive(_all_permissions(self, user_obj, obj), SYNC)

    async def aget_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return await adrive(_all_permissions(self, user_obj, obj), ASYNC)

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
        if isinstance(perm, str):
            try:
                app_label, codename = perm.split(".")
            except ValueError:
                raise ValueError("Permission name should be in the form app_label.permission_codename.") from None
        elif not isinstance(perm, Permission):
            raise TypeError("The `perm` argument must be a string or a permission instance.")
        model = get_user_model()
        if obj is not None:
            return model._default_manager.none()
        holds = Q(group__user=OuterRef("pk")) | Q(user=OuterRef("pk"))
        if isinstance(perm, Permission):
            holds &= Q(pk=perm.pk)
        else:
            holds &= Q(codename=codename, content_type__app_label=app_label)
        condition: Any = Exists(Permission.objects.filter(holds))
        if include_superusers:
            condition |= Q(is_superuser=True)
        if is_active is not None:
            condition &= Q(is_active=is_active)
        return model._default_manager.filter(condition)

    def get_user(self, user_id: Any) -> Any:
        return drive(_get_user(self, user_id), SYNC)

    async def aget_user(self, user_id: Any) -> Any:
        return await adrive(_get_user(self, user_id), ASYNC)


class AllowAllUsersModelBackend(ModelBackend):
    """`ModelBackend` that lets inactive users in."""

    def user_can_authenticate(self, user: Any) -> bool:
        return True


async def _authenticate_remote(backend: RemoteUserBackend, request: Any, remote_user: Any) -> Any:
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
        return await sync_to_async(self.configure_user)(request, user, created)


class AllowAllUsersRemoteUserBackend(RemoteUserBackend):
    """`RemoteUserBackend` that lets inactive users in."""

    def user_can_authenticate(self, user: Any) -> bool:
        return True
