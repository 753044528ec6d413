"""Tests that must not run at the same time in several processes."""

from __future__ import annotations

from typing import Any, ClassVar

from hotclub.core.files import locks


class SerializeMixin:
    """Test classes with the same `lockfile` wait for one another; put it before the test case among the bases."""

    __module__ = "hotclub.test.testcases"
    lockfile: str | None = None
    _lockfile: ClassVar[Any]

    def __init_subclass__(cls, /, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.lockfile is None:
            raise ValueError(f"{cls.__name__}.lockfile isn't set. Set it to a unique value in the base class.")

    @classmethod
    def setUpClass(cls) -> None:
        cls._lockfile = open(str(cls.lockfile))  # noqa: SIM115  # held while the tests of the class run
        cls.addClassCleanup(cls._lockfile.close)  # type: ignore[attr-defined]  # a mixin of test cases
        locks.lock(cls._lockfile, locks.LOCK_EX)
        super().setUpClass()  # type: ignore[misc]  # a mixin of test cases
