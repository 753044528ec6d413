"""Documented path of functions on this subject; the code is in `hotclub._orm.functions.window`."""

from hotclub._orm.functions.window import *  # noqa: F403  # each function of the subject is public
