"""Results of test runs that show SQL or start the debugger, and the formatter of logged queries."""

from __future__ import annotations

import logging
import pdb  # noqa: T100  # this is the --pdb option
import unittest
from io import StringIO
from typing import Any

from hotclub.db import connections


class QueryFormatter(logging.Formatter):
    """Formats a log record of a query with its SQL laid out as the database's operations like it."""

    __module__ = "hotclub.test.runner"

    def format(self, record: logging.LogRecord) -> str:
        alias: Any = getattr(record, "alias", None)
        if alias not in connections:
            return super().format(record)
        changed = logging.makeLogRecord(record.__dict__)
        formatted: dict[str, str] = {}

        def laid_out(sql: Any) -> Any:
            if not isinstance(sql, str) or not sql:
                return sql
            if sql not in formatted:
                formatted[sql] = connections[alias].ops.format_debug_sql(sql)
            return formatted[sql]

        if isinstance(changed.args, dict) and changed.args.get("sql"):
            changed.args = {**changed.args, "sql": laid_out(changed.args["sql"])}
        elif isinstance(changed.args, tuple) and len(changed.args) > 1 and isinstance(changed.args[1], str):
            duration, sql, *rest = changed.args
            changed.args = (duration, laid_out(sql), *rest)
        if getattr(changed, "sql", None):
            changed.sql = laid_out(changed.sql)  # type: ignore[attr-defined]
        return super().format(changed)


class DebugSQLTextTestResult(unittest.TextTestResult):
    """Shows the queries of tests that fail; with much verbosity, of all."""

    __module__ = "hotclub.test.runner"

    def __init__(self, stream: Any, descriptions: bool, verbosity: int, *, durations: int | None = None) -> None:
        self.logger = logging.getLogger("hotclub.db.backends")
        self.debug_sql_stream: Any = None
        self.handler: logging.Handler | None = None
        if durations is None:
            super().__init__(stream, descriptions, verbosity)
        else:
            super().__init__(stream, descriptions, verbosity, durations=durations)  # type: ignore[call-arg]  # Python 3.12

    def startTest(self, test: Any) -> None:
        self.debug_sql_stream = StringIO()
        self.handler = logging.StreamHandler(self.debug_sql_stream)
        self.handler.setFormatter(QueryFormatter())
        self._old_level = self.logger.level
        self.logger.setLevel(logging.DEBUG)
        self.logger.addHandler(self.handler)
        super().startTest(test)

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        if self.handler is not None:
            self.logger.removeHandler(self.handler)
            self.logger.setLevel(self._old_level)
        if self.showAll:
            self.stream.write(self._sql())
            self.stream.writeln(self.separator2)

    def _sql(self) -> str:
        # A class that fails to set up reports an error before any test began.
        return self.debug_sql_stream.getvalue() if self.debug_sql_stream is not None else ""

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.errors[-1] = (*self.errors[-1], self._sql())  # type: ignore[assignment]

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self.failures[-1] = (*self.failures[-1], self._sql())  # type: ignore[assignment]

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            target: Any = self.failures if issubclass(err[0], test.failureException) else self.errors
            target[-1] = (*target[-1], self._sql())

    def printErrorList(self, flavour: str, errors: Any) -> None:
        for test, trace, sql in errors:
            writeln: Any = self.stream.writeln
            writeln(self.separator1)
            writeln(f"{flavour}: {self.getDescription(test)}")
            writeln(self.separator2)
            writeln(trace)
            writeln(self.separator2)
            writeln(sql)


class PDBDebugResult(unittest.TextTestResult):
    """Starts the debugger where a test fails."""

    __module__ = "hotclub.test.runner"

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.debug(err)

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self.debug(err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self.debug(err)
        super().addSubTest(test, subtest, err)

    def debug(self, error: Any) -> None:
        """Open the debugger at the frame of the test."""
        self._restoreStdout()  # type: ignore[attr-defined]
        self.buffer = False
        _kind, value, trace = error
        print(f"\nOpening PDB: {value!r}")
        pdb.post_mortem(trace)
