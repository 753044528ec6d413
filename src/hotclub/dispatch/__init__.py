"""Signals: decoupled notification of what happens elsewhere (façade)."""

from hotclub.dispatch.dispatcher import Signal, receiver

__all__ = ["Signal", "receiver"]
