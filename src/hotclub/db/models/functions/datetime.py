"""Documented path of functions on this subject; the code is in `hotclub._orm.functions.datetime`."""

from hotclub._orm.functions.datetime import *  # noqa: F403  # each function of the subject is public
