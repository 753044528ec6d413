"""Logging: what one configuration sets the next one need not take back; reports of errors raise none."""

import logging

import pytest

from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.log import AdminEmailHandler, configure_logging


@pytest.fixture
def _default_logging():
    yield
    configure_logging("logging.config.dictConfig", {})


@pytest.mark.usefixtures("_default_logging")
def test_a_new_configuration_forgets_the_loggers_of_the_old_one():
    logger = logging.getLogger("tests.of.configuration")
    named = {"loggers": {logger.name: {"level": "WARNING", "handlers": ["null"], "propagate": False}}}
    handlers = {"handlers": {"null": {"class": "logging.NullHandler"}}}
    configure_logging(
        "logging.config.dictConfig", {"version": 1, "disable_existing_loggers": False, **named, **handlers}
    )
    assert (logger.level, logger.propagate, len(logger.handlers)) == (logging.WARNING, False, 1)
    configure_logging("logging.config.dictConfig", {"version": 1, "disable_existing_loggers": False})
    assert (logger.level, logger.propagate, logger.handlers) == (logging.NOTSET, True, [])


def test_contradictions_of_the_mail_handler_are_told_when_it_is_made():
    with pytest.raises(ImproperlyConfigured, match="not compatible with 'using'"):
        AdminEmailHandler(email_backend="hotclub.core.mail.backends.locmem.EmailBackend", using="custom")

    class WithConnection(AdminEmailHandler):
        def connection(self):
            raise AssertionError("never called")

    with pytest.raises(AttributeError, match="no longer used"):
        WithConnection()
