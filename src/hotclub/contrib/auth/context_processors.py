"""`user` and `perms` in templates."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.auth.models import AnonymousUser


class PermLookupDict:
    """`perms.app_label`: true if the user has any permission there; `perms.app_label.codename` for one."""

    def __init__(self, user: Any, app_label: str) -> None:
        self.user, self.app_label = user, app_label

    def __repr__(self) -> str:
        return str(self.user.get_all_permissions())

    def __getitem__(self, perm_name: str) -> bool:
        return bool(self.user.has_perm(f"{self.app_label}.{perm_name}"))

    def __iter__(self) -> Any:
        # Templates try to iterate over what an "in" is asked about.
        raise TypeError("PermLookupDict is not iterable.")

    def __bool__(self) -> bool:
        return bool(self.user.has_module_perms(self.app_label))


class PermWrapper:
    """The permissions of a user, for templates: `perms.app_label.codename`, `"app_label.codename" in perms`."""

    def __init__(self, user: Any) -> None:
        self.user = user

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({self.user!r})"

    def __getitem__(self, app_label: str) -> PermLookupDict:
        return PermLookupDict(self.user, app_label)

    def __iter__(self) -> Any:
        # See above.
        raise TypeError("PermWrapper is not iterable.")

    def __contains__(self, perm_name: str) -> bool:
        app_label, dot, codename = perm_name.partition(".")
        return self[app_label][codename] if dot else bool(self[perm_name])


def auth(request: Any) -> dict[str, Any]:
    """Return `user` (an `AnonymousUser` without the middleware) and `perms`."""
    user = request.user if hasattr(request, "user") else AnonymousUser()
    return {"user": user, "perms": PermWrapper(user)}
