"""One framework's process: sets the site up, then times cases as it is told, line by line, on standard input.

    python -m benchmarks.worker hotclub|django|jinja2

A request is a JSON object `{"case": name, "scale": n, "seconds": s}`; the answer `{"us": microseconds per call, "calls": n, "check": text}`.
`check` is the case's result in text: the coordinator compares it between the processes.
"""

from __future__ import annotations

import gc
import json
import sys
import time


def main() -> None:
    framework = sys.argv[1]
    if framework == "jinja2":
        from benchmarks.cases.jinja import CASES
    else:
        if framework == "hotclub":
            from hotclub.compat import install_django_alias

            install_django_alias()
        from benchmarks import project

        project.set_up()
        from benchmarks.cases import CASES

    ready: dict[tuple[str, int], object] = {}
    print(json.dumps({"ready": framework}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            print(json.dumps(measure(CASES, ready, order)), flush=True)
        except Exception as error:  # a case that fails is a line in the table, not the end of the run
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


def measure(cases, ready, order):
    key = order["case"], order["scale"]
    if key not in ready:
        case = cases[order["case"]]
        run, check = case.prepare(order["scale"])
        ready[key] = run
        run(1)
        return {"us": None, "check": str(check())[:20000]}
    run = ready[key]
    gc.collect()
    gc.disable()
    try:
        calls, spent = 1, 0.0
        while True:
            start = time.perf_counter()
            run(calls)
            spent = time.perf_counter() - start
            if spent >= order["seconds"]:
                return {"us": spent / calls * 1e6, "calls": calls}
            calls = max(calls + 1, int(calls * min(20, order["seconds"] / max(spent, 1e-7)) * 1.1))
    finally:
        gc.enable()


if __name__ == "__main__":
    main()
