"""Tables of a query under the path that third parties import them from; the code is in `hotclub._orm.joins`."""

from hotclub._orm.joins import Table

BaseTable = Join = Table

__all__ = ["BaseTable", "Join", "Table"]
