"""The signals that models send. A sender may be named before its class exists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from hotclub._orm.relations.references import model_key
from hotclub.apps import apps as global_apps
from hotclub.dispatch import Signal

class_prepared = Signal()


class _Waiting:
    """A connection that waits for its sender's class."""

    __slots__ = ("call", "receiver", "signal")

    def __init__(self, call: Callable[..., Any], receiver: Any, signal: ModelSignal) -> None:
        self.call = call
        self.receiver = receiver
        self.signal = signal

    def __call__(self, model: Any) -> None:
        self.call(sender=model)

    def describe_reference(self, reference: str, missing: str) -> tuple[str, str]:
        """Say what is connected, for the check of references nobody answered; gives text and module."""
        receiver = self.receiver
        name = next((name for name, value in globals().items() if value is self.signal), "unknown")
        if isinstance(receiver, FunctionType):
            shown, origin = f"The function '{receiver.__name__}'", receiver.__module__
        elif isinstance(receiver, MethodType):
            owner = type(receiver.__self__).__name__
            shown, origin = f"Bound method '{owner}.{receiver.__name__}'", receiver.__module__
        else:
            shown, origin = f"An instance of class '{type(receiver).__name__}'", type(receiver).__module__
        text = (
            f"{shown} was connected to the '{name}' signal with a lazy reference to the sender '{reference}', but "
            f"{missing}."
        )
        return text, origin


class ModelSignal(Signal):
    """A signal whose sender is a model class, or its "app_label.ModelName"."""

    def _when_loaded(self, method: Callable[..., Any], receiver: Any, sender: Any, apps: Any, **kwargs: Any) -> Any:
        call = partial(method, receiver, **kwargs)
        if not isinstance(sender, str):
            return call(sender=sender)
        registry = apps or global_apps
        registry.lazy_model_operation(_Waiting(call, receiver, self), model_key(sender))
        return None

    def connect(
        self,
        receiver: Any,
        sender: Any = None,
        weak: bool = True,
        dispatch_uid: Any = None,
        apps: Any = None,
    ) -> None:
        """Connect a receiver; see `Signal.connect`. A model that is not loaded yet may be given by name."""
        self._when_loaded(super().connect, receiver, sender, apps, weak=weak, dispatch_uid=dispatch_uid)

    def disconnect(self, receiver: Any = None, sender: Any = None, dispatch_uid: Any = None, apps: Any = None) -> Any:
        """Disconnect a receiver; see `Signal.disconnect`."""
        return self._when_loaded(super().disconnect, receiver, sender, apps, dispatch_uid=dispatch_uid)


pre_init = ModelSignal(use_caching=True)
post_init = ModelSignal(use_caching=True)

pre_save = ModelSignal(use_caching=True)
post_save = ModelSignal(use_caching=True)

pre_delete = ModelSignal(use_caching=True)
post_delete = ModelSignal(use_caching=True)

m2m_changed = ModelSignal(use_caching=True)

pre_migrate = Signal()
post_migrate = Signal()

ModelSignal.__module__ = "hotclub.db.models.signals"
