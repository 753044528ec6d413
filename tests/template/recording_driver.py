"""Runs a label of the upstream suite and records the text of every template that its tests render (not those inside of others).

Run as `recording_driver.py DRIVER PACKAGE LABEL RECORD OUTCOMES` in the suite's tests folder: DRIVER is `conformance/driver.py`, which
writes OUTCOMES. A line of the record is JSON: test, name of the template, its source, text or class of the error, and
 whether a form's template had a part in it.
"""

from __future__ import annotations

import importlib
import json
import runpy
import sys
import unittest
from threading import get_ident
from typing import Any


def main() -> None:
    """Record while the driver runs."""
    driver, package, label, record_path, outcomes = sys.argv[1:6]
    template_class: Any = importlib.import_module(f"{package}.template.base").Template
    test_class: Any = unittest.TestCase
    render, run = template_class.render, test_class.run
    current = ""
    inside: dict[int, bool] = {}  # threads that render, and whether a form was shown

    with open(record_path, "w", encoding="utf-8") as record:

        def recording_render(self: Any, context: Any) -> Any:
            thread = get_ident()
            is_form = "/forms/" in str(self.name)
            if thread in inside:  # an included template
                inside[thread] |= is_form
                return render(self, context)
            text = ""
            inside[thread] = is_form
            try:
                text = render(self, context)
            except Exception as error:
                text = f"! {type(error).__name__}"
                raise
            finally:
                line = {"test": current, "name": str(self.name), "source": str(self.source), "text": str(text)}
                line["form"] = inside.pop(thread)
                record.write(json.dumps(line) + "\n")
            return text

        def noting_run(self: Any, result: Any = None) -> Any:
            nonlocal current
            current = self.id()
            return run(self, result)

        template_class.render, test_class.run = recording_render, noting_run
        sys.argv = [driver, package, label, outcomes, "sqlite"]
        runpy.run_path(driver, run_name="__main__")


if __name__ == "__main__":
    main()
