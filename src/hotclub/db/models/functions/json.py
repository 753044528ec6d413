"""Documented path of functions on this subject; the code is in `hotclub._orm.functions.json`."""

from hotclub._orm.functions.json import *  # noqa: F403  # each function of the subject is public
