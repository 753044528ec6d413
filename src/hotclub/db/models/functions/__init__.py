"""Documented path of database functions; the code is in `hotclub._orm.functions`."""

from hotclub._orm.functions import *  # noqa: F403  # the package says what is public
from hotclub._orm.functions import __all__

__all__ = __all__
