"""Path of `Query` for pickled query sets and third parties; the code is in `hotclub._orm.query`."""

from hotclub._orm.query import Query
from hotclub._orm.raw import RawQuery

__all__ = ["Query", "RawQuery"]
