"""The transaction side of a database wrapper: autocommit, savepoints, commit hooks.

`hotclub.db.transaction.Atomic` is the only caller that keeps a stack; this module holds the state it works on.
It must not know statements of any vendor beyond what `ops` gives.
"""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hotclub.db.awaiting import call_hook
from hotclub.db.backends.utils import debug_transaction
from hotclub.db.transaction_errors import TransactionManagementError
from hotclub.db.utils import DatabaseErrorWrapper

CommitHook = tuple[set[str | None], Callable[[], Any], bool]
"""Savepoints the hook depends on, the hook, and whether its errors are only logged."""


class TransactionState:
    """Mixin of the wrapper: what is open on the connection, and the steps that change it."""

    alias: str
    settings_dict: dict[str, Any]
    connection: Any
    features: Any
    ops: Any
    errors_occurred: bool

    @property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        raise NotImplementedError

    def _init_transaction_state(self) -> None:
        self.autocommit = False
        self.in_atomic_block = False
        self.savepoint_state = 0
        self.savepoint_ids: list[str | None] = []
        self.atomic_blocks: list[Any] = []
        self.commit_on_exit = True
        self.needs_rollback = False
        self.rollback_exc: BaseException | None = None
        self.run_on_commit: list[CommitHook] = []
        self.run_commit_hooks_on_set_autocommit_on = False
        self.due_hooks: list[tuple[Callable[[], Any], bool]] | None = None

    def _reset_transaction_state(self) -> None:
        """Forget what was open on an earlier connection."""
        self.in_atomic_block = False
        self.savepoint_ids = []
        self.atomic_blocks = []
        self.needs_rollback = False
        self.run_on_commit = []

    # Supplied by the wrapper.
    def validate_thread_sharing(self) -> None:
        raise NotImplementedError

    def ensure_connection(self) -> None:
        raise NotImplementedError

    def close_if_health_check_failed(self) -> None:
        raise NotImplementedError

    def cursor(self) -> Any:
        raise NotImplementedError

    # -- what a backend overrides --

    def _set_autocommit(self, autocommit: bool) -> None:
        raise NotImplementedError("subclasses of BaseDatabaseWrapper may require a _set_autocommit() method")

    def _commit(self) -> None:
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                return self.connection.commit()  # type: ignore[no-any-return]

    def _rollback(self) -> None:
        if self.connection is not None:
            with debug_transaction(self, "ROLLBACK"), self.wrap_database_errors:
                return self.connection.rollback()  # type: ignore[no-any-return]

    def _savepoint(self, sid: str) -> None:
        with self.cursor() as cursor:
            cursor.execute(self.ops.savepoint_create_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        with self.cursor() as cursor:
            cursor.execute(self.ops.savepoint_rollback_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        with self.cursor() as cursor:
            cursor.execute(self.ops.savepoint_commit_sql(sid))

    def _savepoint_allowed(self) -> bool:
        return bool(self.features.uses_savepoints and not self.get_autocommit())

    # -- commit, rollback, autocommit --

    def commit(self) -> None:
        """Commit the open transaction; refused inside an atomic block."""
        self.validate_thread_sharing()
        self.validate_no_atomic_block()
        self._commit()
        self.errors_occurred = False
        self.run_commit_hooks_on_set_autocommit_on = True

    def rollback(self) -> None:
        """Roll the open transaction back; refused inside an atomic block."""
        self.validate_thread_sharing()
        self.validate_no_atomic_block()
        self._rollback()
        self.errors_occurred = False
        self.needs_rollback = False
        self.run_on_commit = []

    def get_autocommit(self) -> bool:
        """Say whether each statement commits by itself; opens the connection."""
        self.ensure_connection()
        return self.autocommit

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        """Switch autocommit.

        Args:
            autocommit: the new state. False begins a transaction.
            force_begin_transaction_with_broken_autocommit: begin it with an explicit statement, where the driver's
                own switch would wait for the first write.
        """
        self.validate_no_atomic_block()
        self.close_if_health_check_failed()
        self.ensure_connection()
        begin = getattr(self, "_start_transaction_under_autocommit", None)
        if autocommit:
            self._set_autocommit(True)
        elif force_begin_transaction_with_broken_autocommit and begin is not None:
            begin()
        else:
            with debug_transaction(self, "BEGIN"):
                self._set_autocommit(False)
        self.autocommit = autocommit
        if autocommit and self.run_commit_hooks_on_set_autocommit_on:
            self.run_and_clear_commit_hooks()
            self.run_commit_hooks_on_set_autocommit_on = False

    def get_rollback(self) -> bool:
        """Say whether the innermost atomic block will be rolled back."""
        if not self.in_atomic_block:
            raise TransactionManagementError("The rollback flag doesn't work outside of an 'atomic' block.")
        return self.needs_rollback

    def set_rollback(self, rollback: bool) -> None:
        """Set or clear the rollback flag of the innermost atomic block."""
        if not self.in_atomic_block:
            raise TransactionManagementError("The rollback flag doesn't work outside of an 'atomic' block.")
        self.needs_rollback = rollback

    def validate_no_atomic_block(self) -> None:
        """Refuse what would break an atomic block."""
        if self.in_atomic_block:
            raise TransactionManagementError("This is forbidden when an 'atomic' block is active.")

    def validate_no_broken_transaction(self) -> None:
        """Refuse statements in a transaction that can only be rolled back."""
        if self.needs_rollback:
            raise TransactionManagementError(
                "An error occurred in the current transaction. You can't execute queries until the end of the "
                "'atomic' block."
            ) from self.rollback_exc

    # -- savepoints --

    def savepoint(self) -> str | None:
        """Create a savepoint and give its name; None where there is no transaction to put it in."""
        if not self._savepoint_allowed():
            return None
        self.savepoint_state += 1
        sid = f"s{_thread.get_ident()}_x{self.savepoint_state}"
        self.validate_thread_sharing()
        self._savepoint(sid)
        return sid

    def savepoint_rollback(self, sid: str) -> None:
        """Roll back to a savepoint, and forget the commit hooks registered since."""
        if not self._savepoint_allowed():
            return
        self.validate_thread_sharing()
        self._savepoint_rollback(sid)
        self.run_on_commit = [hook for hook in self.run_on_commit if sid not in hook[0]]

    def savepoint_commit(self, sid: str) -> None:
        """Release a savepoint."""
        if not self._savepoint_allowed():
            return
        self.validate_thread_sharing()
        self._savepoint_commit(sid)

    def clean_savepoints(self) -> None:
        """Start the numbering of savepoints again."""
        self.savepoint_state = 0

    # -- commit hooks --

    def on_commit(self, func: Callable[[], Any], robust: bool = False) -> None:
        """Call `func` after the open transaction is committed; at once, if there is none.

        Args:
            func: called without arguments.
            robust: log an error of `func` and go on with the next hook.
        """
        if not callable(func):
            raise TypeError("on_commit()'s callback must be a callable.")
        if self.in_atomic_block:
            self.run_on_commit.append((set(self.savepoint_ids), func, robust))
        elif not (self.autocommit if self.connection is not None else self.settings_dict["AUTOCOMMIT"]):
            raise TransactionManagementError("on_commit() cannot be used in manual transaction management")
        else:
            call_hook(func, robust, "")

    def run_and_clear_commit_hooks(self) -> None:
        """Call the registered hooks in the order of their registration."""
        self.validate_no_atomic_block()
        hooks = deque(self.run_on_commit)
        self.run_on_commit = []
        while hooks:
            _, func, robust = hooks.popleft()
            if self.due_hooks is not None:
                self.due_hooks.append((func, robust))  # the asynchronous port awaits them
                continue
            call_hook(func, robust, " during transaction")

    # -- constraints --

    @contextmanager
    def constraint_checks_disabled(self) -> Iterator[None]:
        """Switch foreign key checks off for the block, if they are on."""
        disabled = self.disable_constraint_checking()
        try:
            yield
        finally:
            if disabled:
                self.enable_constraint_checking()

    def disable_constraint_checking(self) -> bool:
        """Switch foreign key checks off; says whether `enable_constraint_checking` has to follow."""
        return False

    def enable_constraint_checking(self) -> None:
        """Switch foreign key checks on."""

    def check_constraints(self, table_names: list[str] | None = None) -> None:
        """Check that no row of the tables (of all, if None) refers to a missing one."""
