"""The cache of compiled queries, for those who want to look: see docs/topics/db/performance.md."""

from __future__ import annotations

from hotclub._orm.cache import PlanCache, plans

__all__ = ["PlanCache", "plans"]
