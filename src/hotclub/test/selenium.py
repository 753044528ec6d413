"""Tests that drive a browser through selenium; skipped where none was asked for.

`SeleniumTestCase.browsers` says which browsers to use (`["chrome", "firefox"]`); a subclass of it is one test class for
each. `selenium_hub` with `external_host` drives browsers on other machines.
"""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

from hotclub.conf import settings
from hotclub.test.overrides import override_settings
from hotclub.test.testcases import LiveServerTestCase
from hotclub.test.utils import tag
from hotclub.utils.functional import classproperty
from hotclub.utils.module_loading import import_string
from hotclub.utils.text import capfirst


class SeleniumTestCaseBase(type(LiveServerTestCase)):  # type: ignore[misc]  # the class of test cases
    """Makes a test class for each browser."""

    browsers: ClassVar[list[str]] = []
    selenium_hub: ClassVar[str | None] = None
    external_host: ClassVar[str | None] = None
    browser: ClassVar[str | None] = None
    headless: ClassVar[bool] = False
    screenshots: ClassVar[bool] = False

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        made: Any = super().__new__(mcs, name, bases, attrs)
        has_tests = any(attribute.startswith("test") and callable(value) for attribute, value in attrs.items())
        if made.browser or not has_tests:
            return made
        if not made.browsers:
            return unittest.skip("No browsers specified.")(made)
        first, *others = made.browsers
        made.browser = first
        module = sys.modules[made.__module__]
        for browser in others:
            extra = super().__new__(
                mcs, f"{capfirst(browser)}{name}", (made,), {"browser": browser, "__module__": made.__module__}
            )
            setattr(module, extra.__name__, extra)
        return tag("selenium")(made)

    @classmethod
    def import_webdriver(mcs, browser: str) -> Any:
        """Return the driver class of a browser."""
        return import_string(f"selenium.webdriver.{browser}.webdriver.WebDriver")

    @classmethod
    def import_options(mcs, browser: str) -> Any:
        """Return the options class of a browser."""
        return import_string(f"selenium.webdriver.{browser}.options.Options")

    def create_options(cls) -> Any:
        """Return the options that the browser is started with."""
        options = cls.import_options(str(cls.browser))()
        if cls.headless:
            options.add_argument("--headless=new" if cls.browser in {"chrome", "edge"} else "-headless")
        return options

    def create_webdriver(cls) -> Any:
        """Start the browser, here or at the hub."""
        options = cls.create_options()
        if cls.selenium_hub:
            from selenium import webdriver  # noqa: PLC0415  # an optional package

            for name, value in (getattr(cls, "get_capability", dict)() or {}).items():
                options.set_capability(name, value)
            return webdriver.Remote(command_executor=cls.selenium_hub, options=options)
        return cls.import_webdriver(str(cls.browser))(options=options)


@tag("selenium")
class SeleniumTestCase(LiveServerTestCase, metaclass=SeleniumTestCaseBase):
    """A live-server test with a browser in `self.selenium`.

    Attributes:
        implicit_wait: seconds that looking for an element may take.
    """

    implicit_wait = 10
    external_host: ClassVar[str | None] = None
    screenshots: ClassVar[bool] = False
    browser: ClassVar[str | None] = None
    selenium: ClassVar[Any]

    @classproperty
    def live_server_url(cls: Any) -> str:
        """URL of the site, as the browser reaches it."""
        return f"http://{cls.external_host or cls.host}:{cls.server_thread.port}"

    @classproperty
    def allowed_host(cls: Any) -> str:
        """The host name that the site must accept."""
        return str(cls.external_host or cls.host)

    @classmethod
    def setUpClass(cls) -> None:
        if cls.external_host and cls.host == "localhost":
            cls.host = "0.0.0.0"
        cls.selenium = cls.create_webdriver()
        cls.selenium.implicitly_wait(cls.implicit_wait)
        super().setUpClass()
        cls.addClassCleanup(cls._quit_selenium)

    @classmethod
    def _quit_selenium(cls) -> None:
        # The server's thread waits for open connections, so the browser goes first.
        if hasattr(cls, "selenium"):
            cls.selenium.quit()

    @contextmanager
    def window_size(self, width: int, height: int) -> Iterator[None]:
        """Resize the window for a while."""
        before = self.selenium.get_window_size()
        self.selenium.set_window_size(width, height)
        try:
            yield
        finally:
            self.selenium.set_window_size(before["width"], before["height"])

    @contextmanager
    def desktop_size(self) -> Iterator[None]:
        """A window of 1280 × 720."""
        with self.window_size(1280, 720):
            yield

    @contextmanager
    def small_screen_size(self) -> Iterator[None]:
        """A window of 1024 × 768."""
        with self.window_size(1024, 768):
            yield

    @contextmanager
    def mobile_size(self) -> Iterator[None]:
        """A window of 360 × 800."""
        with self.window_size(360, 800):
            yield

    @contextmanager
    def rtl(self) -> Iterator[None]:
        """Pages written from right to left, in a desktop window."""
        with self.desktop_size(), override_settings(LANGUAGE_CODE=settings.LANGUAGES_BIDI[-1]):
            yield

    @contextmanager
    def _emulated(self, feature: str, value: str) -> Iterator[None]:
        command = "Emulation.setEmulatedMedia"
        self.selenium.execute_cdp_cmd(command, {"features": [{"name": feature, "value": value}]})
        try:
            with self.desktop_size():
                yield
        finally:
            self.selenium.execute_cdp_cmd(command, {"features": [{"name": feature, "value": ""}]})

    @contextmanager
    def dark(self) -> Iterator[None]:
        """A person who prefers dark colours."""
        with self._emulated("prefers-color-scheme", "dark"):
            yield

    @contextmanager
    def high_contrast(self) -> Iterator[None]:
        """A person who forces colours."""
        with self._emulated("forced-colors", "active"):
            yield

    @contextmanager
    def disable_implicit_wait(self) -> Iterator[None]:
        """Look for elements without waiting."""
        self.selenium.implicitly_wait(0)
        try:
            yield
        finally:
            self.selenium.implicitly_wait(self.implicit_wait)

    def take_screenshot(self, name: str) -> None:
        """Keep a picture of the page, where pictures are wanted."""
        if not self.screenshots:
            return
        case = getattr(self, "_screenshot_case", "desktop_size")
        test = getattr(self, "_testMethodName", "test").removeprefix("test_")
        path = Path.cwd() / "screenshots" / f"{type(self).__name__}-{test}-{name}-{case}.png"
        path.parent.mkdir(exist_ok=True)
        self.selenium.save_screenshot(str(path))

    def get_browser_logs(self, source: str | None = None, level: str = "ALL") -> list[Any]:
        """Return what the page logged to the console (Chrome only)."""
        logs = self.selenium.get_log("browser")
        return [log for log in logs if (source is None or log["source"] == source) and level in {"ALL", log["level"]}]


def screenshot_cases(method_names: str | list[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run a test in several settings of the browser, where pictures are wanted.

    Args:
        method_names: names of methods such as `desktop_size`, `mobile_size`, `rtl`, `dark`, `high_contrast`.
    """
    names = [method_names] if isinstance(method_names, str) else list(method_names)

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(func)
        def run(self: Any, *args: Any, **kwargs: Any) -> None:
            if not self.screenshots:
                func(self, *args, **kwargs)
                return
            for name in names:
                with self.subTest(case=name), getattr(self, name)():
                    self._screenshot_case = name
                    func(self, *args, **kwargs)

        return run

    return decorate
