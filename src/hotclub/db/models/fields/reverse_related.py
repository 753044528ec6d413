"""Usual path of the reverse sides of relations; the code is in `hotclub._orm.relations.rels`."""

from hotclub._orm.relations.rels import ForeignObjectRel, ManyToManyRel, ManyToOneRel, OneToOneRel

__all__ = ["ForeignObjectRel", "ManyToManyRel", "ManyToOneRel", "OneToOneRel"]
