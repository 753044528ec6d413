"""Documented path of functions on this subject; the code is in `hotclub._orm.functions.uuid`."""

from hotclub._orm.functions.uuid import *  # noqa: F403  # each function of the subject is public
