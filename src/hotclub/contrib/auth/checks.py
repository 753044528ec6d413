"""System checks of the auth application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from types import FunctionType, MethodType
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.contrib.auth.management import all_permissions, builtin_permissions
from hotclub.core import checks
from hotclub.utils.module_loading import import_string


def check_user_model(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[Any]:
    """Check the user model: its fields, and that `is_anonymous` and `is_authenticated` cannot be forgotten to be called."""
    if app_configs is None:
        model = apps.get_model(settings.AUTH_USER_MODEL)
    else:
        app_label, model_name = settings.AUTH_USER_MODEL.split(".")
        config = next((config for config in app_configs if config.label == app_label), None)
        if config is None:
            # Not asked about.
            return []
        model = config.get_model(model_name)
    errors: list[Any] = []
    if not isinstance(model.REQUIRED_FIELDS, list | tuple):
        errors.append(checks.Error("'REQUIRED_FIELDS' must be a list or tuple.", obj=model, id="auth.E001"))
    if model.USERNAME_FIELD in model.REQUIRED_FIELDS:
        errors.append(
            checks.Error(
                "The field named as the 'USERNAME_FIELD' for a custom user model must not be included in 'REQUIRED_FIELDS'.",
                hint=f"The 'USERNAME_FIELD' is currently set to '{model.USERNAME_FIELD}', you should remove "
                f"'{model.USERNAME_FIELD}' from the 'REQUIRED_FIELDS'.",
                obj=model,
                id="auth.E002",
            )
        )
    errors.extend(_check_uniqueness(model))
    instance = model()
    for name, id in (("is_anonymous", "auth.C009"), ("is_authenticated", "auth.C010")):
        if isinstance(getattr(instance, name), FunctionType | MethodType):
            # A method is always true: `if user.is_authenticated` would let everybody in.
            errors.append(
                checks.Critical(
                    f"{model}.{name} must be an attribute or property rather than a method. Ignoring this is a security "
                    "issue as anonymous users will be treated as authenticated!",
                    obj=model,
                    id=id,
                )
            )
    return errors


def _check_uniqueness(model: Any) -> list[Any]:
    options = model._meta
    if options.get_field(model.USERNAME_FIELD).unique or any(
        constraint.fields == (model.USERNAME_FIELD,) for constraint in options.total_unique_constraints
    ):
        return []
    text = f"'{options.object_name}.{model.USERNAME_FIELD}' must be unique because it is named as the 'USERNAME_FIELD'."
    if settings.AUTHENTICATION_BACKENDS == ["hotclub.contrib.auth.backends.ModelBackend"]:
        return [checks.Error(text, obj=model, id="auth.E003")]
    return [
        checks.Warning(
            f"'{options.object_name}.{model.USERNAME_FIELD}' is named as the 'USERNAME_FIELD', but it is not unique.",
            hint="Ensure that your authentication backend(s) can handle non-unique usernames.",
            obj=model,
            id="auth.W004",
        )
    ]


def check_models_permissions(app_configs: Iterable[Any] | None, **kwargs: Any) -> list[Any]:
    """Check permissions: lengths, clashes and doubles."""
    models = (
        apps.get_models() if app_configs is None else chain.from_iterable(config.get_models() for config in app_configs)
    )
    Permission = apps.get_model("auth", "Permission")
    name_length = Permission._meta.get_field("name").max_length
    codename_length = Permission._meta.get_field("codename").max_length
    errors: list[Any] = []
    for model in models:
        options = model._meta
        builtin = dict(builtin_permissions(options))
        # The longest of them: "Can delete …".
        longest = max(builtin.values(), key=len, default="")
        if len(longest) > name_length:
            most = name_length - len("Can delete ")
            errors.append(
                checks.Error(
                    f"The verbose_name of model '{options.label}' must be at most {most} characters for its builtin "
                    f"permission names to be at most {name_length} characters.",
                    obj=model,
                    id="auth.E007",
                )
            )
        longest_codename = max(builtin, key=len, default="")
        if len(longest_codename) > codename_length:
            most = codename_length - len(longest_codename) + len(options.model_name)
            errors.append(
                checks.Error(
                    f"The name of model '{options.label}' must be at most {most} characters for its builtin permission "
                    f"codenames to be at most {codename_length} characters.",
                    obj=model,
                    id="auth.E011",
                )
            )
        errors.extend(_check_own_permissions(model, builtin, name_length, codename_length))
    return errors


def _check_own_permissions(model: Any, builtin: dict[str, str], name_length: int, codename_length: int) -> list[Any]:
    options = model._meta
    errors: list[Any] = []
    seen: set[str] = set()
    for codename, name in options.permissions:
        if len(name) > name_length:
            errors.append(
                checks.Error(
                    f"The permission named '{name}' of model '{options.label}' is longer than {name_length} characters.",
                    obj=model,
                    id="auth.E008",
                )
            )
        if len(codename) > codename_length:
            errors.append(
                checks.Error(
                    f"The permission codenamed '{codename}' of model '{options.label}' is longer than {codename_length} "
                    "characters.",
                    obj=model,
                    id="auth.E012",
                )
            )
        if codename in builtin:
            errors.append(
                checks.Error(
                    f"The permission codenamed '{codename}' clashes with a builtin permission for model '{options.label}'.",
                    obj=model,
                    id="auth.E005",
                )
            )
        elif codename in seen:
            errors.append(
                checks.Error(
                    f"The permission codenamed '{codename}' is duplicated for model '{options.label}'.",
                    obj=model,
                    id="auth.E006",
                )
            )
        seen.add(codename)
    return errors


def _position(path: str, class_paths: Sequence[str]) -> int | None:
    """Return where a middleware (or a subclass of it) stands."""
    wanted = import_string(path)
    for index, candidate in enumerate(class_paths):
        try:
            found = import_string(candidate)
        except ImportError:
            continue
        if isinstance(found, type) and issubclass(found, wanted):
            return index
    return None


def check_middleware(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that `LoginRequiredMiddleware` comes after the middleware that sets `request.user`."""
    login_required = _position("hotclub.contrib.auth.middleware.LoginRequiredMiddleware", settings.MIDDLEWARE)
    if login_required is None:
        return []
    authentication = _position("hotclub.contrib.auth.middleware.AuthenticationMiddleware", settings.MIDDLEWARE)
    if authentication is None or authentication > login_required:
        return [
            checks.Error(
                "In order to use hotclub.contrib.auth.middleware.LoginRequiredMiddleware, "
                "hotclub.contrib.auth.middleware.AuthenticationMiddleware must be defined before it in MIDDLEWARE.",
                id="auth.E013",
            )
        ]
    return []


__all__ = ["all_permissions", "check_middleware", "check_models_permissions", "check_user_model"]
