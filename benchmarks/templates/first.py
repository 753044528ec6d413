"""What a template costs a new process: the first compile, loading its code from disk, and memory.

    python -m benchmarks.templates.first ENGINE compile|whole|load|memory [DIRECTORY]

Prints microseconds (or bytes per template), and the text's length as a check.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time
from pathlib import Path

from benchmarks.templates import sources, values
from benchmarks.templates.engines import ENGINES, DjangoLanguage

WARM = "{% for a in b %}{% if a.c %}{{ a|upper }}{% endif %}{% endfor %}"
"""Rendered first, so that modules are imported and the engine has run once."""

TEMPLATES = 1000


def main() -> None:
    name, what, *rest = sys.argv[1:]
    if what == "load":
        engine = DjangoLanguage(name, code_dir=rest[0])
    elif what == "whole":
        engine = DjangoLanguage(name, compile_after=0)
    else:
        engine = ENGINES[name]()
    text = sources.JINJA["long.html"] if name in ("Jinja2", "minijinja") else sources.DJANGO["long.html"]
    given = values.long(1)
    engine.first(WARM)({"b": [{"c": 1}]})
    if what == "memory":
        answer = memory(engine, text, given)
    else:
        gc.disable()
        start = time.process_time()
        render = engine.first(text)
        made = time.process_time()
        rendered = render(dict(given))
        end = time.process_time()
        answer = {
            "us": (made - start) * 1e6,
            "with_rendering_us": (end - start) * 1e6,
            "size": len(re.sub(r"\s+", "", rendered)),
        }
    print(json.dumps(answer))


def memory(engine: object, text: str, given: dict) -> dict:
    """Load many different templates, render each once, and ask the system how much larger the process is."""
    gc.collect()
    before = resident_bytes()
    kept = []
    for number in range(TEMPLATES):
        render = engine.first(text.replace("<h1>", f"<h1>{number}").replace("items", f"items{number}"))
        render({**given, f"items{number}": given["items"]})
        kept.append(render)
    gc.collect()
    return {"bytes": (resident_bytes() - before) / TEMPLATES}


def resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not say how large a process is")


if __name__ == "__main__":
    main()
