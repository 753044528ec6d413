"""Flask."""

from __future__ import annotations

from typing import Any

from benchmarks import exchange

LABEL = "Flask"
NEEDS = ("flask",)

_application: Any = None


def set_up() -> None:
    global _application
    from flask import Flask, jsonify, request

    _application = Flask("benchmark")

    @_application.get("/plain/")
    def plain():
        return "Hello, world!", {"Content-Type": "text/plain"}

    @_application.post("/form/")
    def form():
        return jsonify(exchange.filled_in(request.form))

    @_application.post("/document/")
    def document():
        return jsonify(exchange.summary(request.get_json()))

    @_application.post("/upload/")
    def upload():
        file = request.files["file"]
        return jsonify(exchange.told(file.filename, file.stream))


CASES = exchange.cases_of_peer("WSGI", lambda: _application)
