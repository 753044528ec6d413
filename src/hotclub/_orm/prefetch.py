"""The documented names of prefetching, for modules that look for them here."""

from hotclub._orm.prefetching import Prefetch, aprefetch_related_objects, prefetch_flow, prefetch_related_objects

__all__ = ["Prefetch", "aprefetch_related_objects", "prefetch_flow", "prefetch_related_objects"]
