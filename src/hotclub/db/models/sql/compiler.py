"""The compiler under the path that third parties import it from; the code is in `hotclub._orm.compile`."""

from hotclub._orm.compile import Compiler as SQLCompiler

__all__ = ["SQLCompiler"]
