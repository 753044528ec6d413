"""What third parties look for under this path: queries, their constants and set operators."""

from hotclub._orm.insert_query import InsertQuery
from hotclub._orm.q import AND, OR, XOR
from hotclub._orm.query import Query

__all__ = ["AND", "OR", "XOR", "InsertQuery", "Query"]
