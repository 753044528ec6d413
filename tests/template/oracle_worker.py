"""Renders templates with one of the two frameworks: lines of JSON in, lines of JSON out.

Run as `python oracle_worker.py PACKAGE`; it knows nothing but the documented API, which both packages offer.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def answer(package: str, engine_class: Any, context_class: Any, job: dict[str, Any]) -> list[str]:
    """Render the templates of a job and give the text, or the kind and message of the error."""
    engine = engine_class(
        loaders=[(f"{package}.template.loaders.locmem.Loader", job["templates"])],
        string_if_invalid=job.get("invalid", ""),
        debug=job.get("debug", False),
    )
    texts = []
    try:
        template = engine.get_template("main")
        for _ in range(job.get("times", 1)):
            context = context_class(job["context"], autoescape=job.get("autoescape", True))
            texts.append(template.render(context))
    except Exception as error:  # whatever it is, both frameworks must agree on it
        return [type(error).__name__, str(error)[:200].replace("django", "hotclub")]
    return texts


def main() -> None:
    """Answer jobs until the input ends."""
    package = sys.argv[1]
    settings = importlib.import_module(f"{package}.conf").settings
    settings.configure(TEMPLATES=[], USE_TZ=True, SECRET_KEY="x")
    importlib.import_module(package).setup()
    template = importlib.import_module(f"{package}.template")
    for line in sys.stdin:
        result = answer(package, template.Engine, template.Context, json.loads(line))
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
