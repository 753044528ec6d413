"""The cache of shapes and plans: known steps between queries, bounded, counted, and able to be switched off.

A `Node` is a known shape: a resolved tree, and the plans made of it. From a node, a step's key leads to the next node:
a chain of query set methods whose shape is known is a chain of dictionary look-ups. What was not used since the last
sweep is dropped first (a "clock", which is nearly LRU and costs a hit one attribute write).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any

from hotclub._orm.lookup_registry import registry_version
from hotclub._orm.plan import Plan
from hotclub._orm.tree import QueryTree


class Node:
    """A known shape.

    Attributes:
        tree: the resolved query; shared, never changed.
        preparers: what prepares the values of the step that led here, None where nothing does.
        plans: what was compiled, by (alias, operation).
        interned: whether the cache knows the node; others are compiled each time.
        touched: whether it was used since the last sweep.
    """

    __slots__ = ("interned", "plans", "preparers", "step_key", "touched", "tree")

    def __init__(
        self,
        tree: QueryTree,
        preparers: Sequence[Callable[[Any], Any] | None] | None,
        interned: bool,
        step_key: Hashable = None,
    ) -> None:
        self.tree = tree
        self.preparers = preparers
        self.interned = interned
        self.plans: dict[Hashable, Plan] = {}
        self.touched = True
        self.step_key = step_key


class PlanCache:
    """Steps between known shapes.

    Args:
        limit: how many steps are kept.
    """

    def __init__(self, limit: int) -> None:
        self.enabled = True
        self.limit = limit
        self.hits = 0
        self.misses = 0
        self._steps: dict[tuple[Node, Hashable], Node] = {}
        self._roots: dict[Any, Node] = {}
        self._version = -1
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._steps)

    def clear(self) -> None:
        """Forget everything; queries that exist go on working."""
        with self._lock:
            self._steps.clear()
            self._roots.clear()
            self._version = registry_version.number

    def root(self, model: Any) -> Node:
        """Return the node of all rows of a model."""
        if self._version != registry_version.number:
            self.clear()
        node = self._roots.get(model)
        if node is None or not self.enabled:
            tree = QueryTree(model)
            node = Node(tree, None, self.enabled)
            if self.enabled:
                with self._lock:
                    if len(self._roots) >= self.limit:
                        self._roots.clear()
                    self._roots[model] = node
        return node

    def find(self, parent: Node, key: Hashable) -> Node | None:
        """Return the node that a step leads to, if it is known."""
        node = self._steps.get((parent, key))
        if node is None:
            self.misses += 1
            return None
        self.hits += 1
        node.touched = True
        return node

    def keep(self, parent: Node, key: Hashable, node: Node) -> None:
        """Remember a step, dropping steps that were not used lately if there are too many."""
        with self._lock:
            if len(self._steps) >= self.limit:
                self._sweep()
            self._steps[parent, key] = node

    def _sweep(self) -> None:
        wanted = max(1, self.limit // 16)
        dropped = 0
        for entry, node in list(self._steps.items()):
            del self._steps[entry]
            if node.touched:
                node.touched = False
                self._steps[entry] = node  # to the end of the queue, for one more round
            else:
                dropped += 1
                if dropped >= wanted:
                    return
        for entry in list(self._steps)[: wanted - dropped]:
            del self._steps[entry]


plans = PlanCache(limit=int(os.environ.get("HOTCLUB_PLAN_CACHE_SIZE", "16384")))
"""The cache of this process. `plans.enabled = False` (or HOTCLUB_PLAN_CACHE=0) compiles each query anew."""
if os.environ.get("HOTCLUB_PLAN_CACHE") == "0":
    plans.enabled = False
