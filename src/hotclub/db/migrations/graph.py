"""The migrations of a project and their dependencies, as a graph without circles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import total_ordering
from typing import Any

from hotclub.db.migrations.exceptions import CircularDependencyError, NodeNotFoundError
from hotclub.db.migrations.state import ProjectState

Key = tuple[str, str]
"""App label and migration name."""


@total_ordering
class Node:
    """One migration in the graph: its key, what it depends on (parents), what depends on it (children)."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.children: set[Node] = set()
        self.parents: set[Node] = set()

    def __eq__(self, other: object) -> bool:
        return self.key == (other.key if isinstance(other, Node) else other)

    def __lt__(self, other: Any) -> bool:
        return bool(self.key < (other.key if isinstance(other, Node) else other))

    def __hash__(self) -> int:
        return hash(self.key)

    def __getitem__(self, item: int) -> str:
        return self.key[item]

    def __str__(self) -> str:
        return str(self.key)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: ({self.key[0]!r}, {self.key[1]!r})>"

    def add_child(self, child: Node) -> None:
        self.children.add(child)

    def add_parent(self, parent: Node) -> None:
        self.parents.add(parent)


class DummyNode(Node):
    """Stands for a migration that was named but not found; it may still be replaced by a squashed one."""

    def __init__(self, key: Key, origin: Any, error_message: str) -> None:
        super().__init__(key)
        self.origin = origin
        self.error_message = error_message

    def raise_error(self) -> None:
        raise NodeNotFoundError(self.error_message, self.key, origin=self.origin)


class MigrationGraph:
    """Nodes by key (`node_map`), migrations by key (`nodes`; None for a dummy)."""

    def __init__(self) -> None:
        self.node_map: dict[Key, Node] = {}
        self.nodes: dict[Key, Any] = {}

    # -- building --

    def add_node(self, key: Key, migration: Any) -> None:
        """Add a migration."""
        self.node_map[key] = Node(key)
        self.nodes[key] = migration

    def add_dummy_node(self, key: Key, origin: Any, error_message: str) -> None:
        """Add a stand-in for a migration that was not found."""
        self.node_map[key] = DummyNode(key, origin, error_message)
        self.nodes[key] = None

    def add_dependency(self, migration: Any, child: Key, parent: Key, skip_validation: bool = False) -> None:
        """Say that `child` needs `parent`.

        Args:
            migration: the one that says so, for the message of an error.
            child: the key of the migration that needs the other.
            parent: the key of the migration it needs.
            skip_validation: leave it to a later `validate_consistency` to complain.
        """
        if child not in self.nodes:
            self.add_dummy_node(
                child, migration, f"Migration {migration} dependencies reference nonexistent child node {child!r}"
            )
        if parent not in self.nodes:
            self.add_dummy_node(
                parent, migration, f"Migration {migration} dependencies reference nonexistent parent node {parent!r}"
            )
        self.node_map[child].add_parent(self.node_map[parent])
        self.node_map[parent].add_child(self.node_map[child])
        if not skip_validation:
            self.validate_consistency()

    def _must_have(self, key: Key, purpose: str) -> Node:
        """Give the node of a squashed migration that is to be `purpose`d."""
        try:
            return self.node_map[key]
        except KeyError:
            raise NodeNotFoundError(
                f"Unable to {purpose} node {key!r}. It was either never added to the migration graph, or has been removed"
                + ("." if purpose.startswith("find") else " already."),
                key,
            ) from None

    def remove_replaced_nodes(self, replacement: Key, replaced: Any) -> None:
        """Put a squashed migration in the place of those it replaces."""
        keys = set(replaced)
        new = self._must_have(replacement, "find replacement")
        for key in keys:
            self.nodes.pop(key, None)
            old = self.node_map.pop(key, None)
            if old is None:
                continue
            for child in old.children:
                child.parents.remove(old)
                if child.key not in keys:  # not one of those replaced together with it
                    new.add_child(child)
                    child.add_parent(new)
            for parent in old.parents:
                parent.children.remove(old)
                if parent.key not in keys:
                    new.add_parent(parent)
                    parent.add_child(new)

    def remove_replacement_node(self, replacement: Key, replaced: Any) -> None:
        """Take a squashed migration out, because those it replaces are partly applied."""
        self.nodes.pop(replacement, None)
        self._must_have(replacement, "remove replacement")
        gone = self.node_map.pop(replacement)
        nodes = {self.node_map[key] for key in replaced if key in self.node_map}
        # What needed the squashed one needs the last of those it replaces.
        inner_parents = {parent for node in nodes for parent in node.parents}
        last = nodes - inner_parents
        for child in gone.children:
            child.parents.remove(gone)
            for node in last:
                node.add_child(child)
                child.add_parent(node)
        # Those have their own dependencies already.
        for parent in gone.parents:
            parent.children.remove(gone)

    def validate_consistency(self) -> None:
        """Raise if a migration that something depends on is not there."""
        for node in self.node_map.values():
            if isinstance(node, DummyNode):
                node.raise_error()

    # -- asking --

    def forwards_plan(self, target: Key) -> list[Key]:
        """Give the migrations to apply for a target, in order, the target last."""
        return self._plan(target, forwards=True)

    def backwards_plan(self, target: Key) -> list[Key]:
        """Give the migrations to undo for a target, in order, the target last."""
        return self._plan(target, forwards=False)

    def _plan(self, target: Key, forwards: bool) -> list[Key]:
        if target not in self.nodes:
            raise NodeNotFoundError(f"Node {target!r} not a valid node", target)
        return self.iterative_dfs(self.node_map[target], forwards)

    def iterative_dfs(self, start: Node, forwards: bool = True) -> list[Key]:
        """Give all that a node needs (or that needs it), each after what it needs; without recursion."""
        order: list[Key] = []
        done: set[Node] = set()
        stack: list[tuple[Node, bool]] = [(start, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node.key)
            elif node not in done:
                done.add(node)
                stack.append((node, True))
                stack.extend((next_node, False) for next_node in sorted(node.parents if forwards else node.children))
        return order

    def _filtered(self, app: str | None, neighbours: str) -> list[Key]:
        """Give the nodes that have no neighbour of one kind in their own app."""
        return sorted(
            key
            for key, node in self.node_map.items()
            if (app is None or app == key[0]) and all(other.key[0] != key[0] for other in getattr(node, neighbours))
        )

    def root_nodes(self, app: str | None = None) -> list[Key]:
        """Give the first migrations of each app, or of one."""
        return self._filtered(app, "parents")

    def leaf_nodes(self, app: str | None = None) -> list[Key]:
        """Give the last migrations of each app, or of one; more than one is a conflict."""
        return self._filtered(app, "children")

    def ensure_not_cyclic(self) -> None:
        """Raise CircularDependencyError if migrations need one another."""
        todo = {key: len(node.parents) for key, node in self.node_map.items()}
        free = [key for key, count in todo.items() if not count]
        while free:
            key = free.pop()
            del todo[key]
            for child in self.node_map[key].children:
                todo[child.key] -= 1
                if not todo[child.key]:
                    free.append(child.key)
        if todo:
            raise CircularDependencyError(", ".join(f"{label}.{name}" for label, name in self._one_cycle(set(todo))))

    def _one_cycle(self, keys: set[Key]) -> list[Key]:
        key = min(keys)
        path: list[Key] = []
        while key not in path:
            path.append(key)
            key = min(parent.key for parent in self.node_map[key].parents if parent.key in keys)
        return path[path.index(key) :]

    def __str__(self) -> str:
        nodes, edges = self._nodes_and_edges()
        return f"Graph: {nodes} nodes, {edges} edges"

    def __repr__(self) -> str:
        nodes, edges = self._nodes_and_edges()
        return f"<{type(self).__name__}: nodes={nodes}, edges={edges}>"

    def _nodes_and_edges(self) -> tuple[int, int]:
        return len(self.nodes), sum(len(node.parents) for node in self.node_map.values())

    def _generate_plan(self, nodes: Any, at_end: bool) -> list[Key]:
        """Merge the plans of several targets, each migration once."""
        plan: dict[Key, None] = {}
        for node in nodes:
            for key in self.forwards_plan(node):
                if at_end or key not in nodes:
                    plan[key] = None
        return list(plan)

    def make_state(self, nodes: Any = None, at_end: bool = True, real_apps: set[str] | None = None) -> ProjectState:
        """Give the project's records after (or, not `at_end`, before) some migrations; after all, if None."""
        wanted = list(self.leaf_nodes()) if nodes is None else nodes
        if not wanted:
            return ProjectState()
        if not isinstance(wanted[0], tuple):
            wanted = [wanted]
        state = ProjectState(real_apps=real_apps)
        for key in self._generate_plan(wanted, at_end):
            state = self.nodes[key].mutate_state(state, preserve=False)
        return state

    def __contains__(self, node: object) -> bool:
        return node in self.nodes

    def __iter__(self) -> Iterator[Key]:
        return iter(self.nodes)
