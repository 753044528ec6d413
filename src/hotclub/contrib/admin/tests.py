"""Test cases for browsers, as projects import them from here."""

from hotclub.test.selenium import SeleniumTestCase


class AdminSeleniumTestCase(SeleniumTestCase):
    """A browser on a live server with the admin installed."""

    available_apps = [
        "hotclub.contrib.admin",
        "hotclub.contrib.auth",
        "hotclub.contrib.contenttypes",
        "hotclub.contrib.sessions",
        "hotclub.contrib.sites",
    ]
