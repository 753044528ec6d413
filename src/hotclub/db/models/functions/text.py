"""Documented path of functions on this subject; the code is in `hotclub._orm.functions.text`."""

from hotclub._orm.functions.text import *  # noqa: F403  # each function of the subject is public
