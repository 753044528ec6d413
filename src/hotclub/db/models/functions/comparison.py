"""Documented path of functions on this subject; the code is in `hotclub._orm.functions.comparison`."""

from hotclub._orm.functions.comparison import *  # noqa: F403  # each function of the subject is public
