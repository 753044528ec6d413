"""Documented path of expressions; the code is in `hotclub._orm.expressions`."""

from hotclub._orm.expressions import *  # noqa: F403  # the package says what is public
from hotclub._orm.expressions import __all__

__all__ = __all__
