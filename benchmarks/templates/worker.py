"""One engine's process: orders are lines of JSON on standard input, answers lines of JSON on standard output.

python -m benchmarks.templates.worker ENGINE
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time

from benchmarks.templates.engines import ENGINES
from benchmarks.templates.values import TEMPLATES


def main() -> None:
    engine = ENGINES[sys.argv[1]]()
    ready: dict = {}
    print(json.dumps({"ready": sys.argv[1]}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        key = order["case"], order["scale"]
        try:
            if key not in ready:
                name, make = TEMPLATES[order["case"]]
                ready[key] = engine.renderer(name), make(order["scale"])
            if not order["seconds"]:
                text = [ready[key][0](dict(ready[key][1])) for _ in range(20 if order["scale"] == 1 else 1)][-1]
                answer = {"text": re.sub(r"\s+", "", text)}
            else:
                answer = {"us": measure(*ready[key], order["seconds"])}
        except Exception as error:  # a case that fails is a hole in the table, not the end of the run
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), flush=True)


def measure(render, values: dict, seconds: float) -> float:
    """Return the microseconds of one rendering, measured for some seconds."""
    gc.collect()
    gc.disable()
    try:
        calls = 1
        while True:
            start = time.process_time()
            for _ in range(calls):
                render(dict(values))
            spent = time.process_time() - start
            if spent >= seconds:
                return spent / calls * 1e6
            calls = max(calls + 1, int(calls * min(20, seconds / max(spent, 1e-7)) * 1.1))
    finally:
        gc.enable()


if __name__ == "__main__":
    main()
