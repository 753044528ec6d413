"""Litestar."""

from __future__ import annotations

from typing import Any

from benchmarks import exchange

LABEL = "Litestar"
NEEDS = ("litestar",)

_application: Any = None


def set_up() -> None:
    global _application
    from litestar import Litestar, MediaType, Request, get, post

    async def plain():
        return "Hello, world!"

    async def form(request):
        return exchange.filled_in(await request.form())

    async def document(data):
        return exchange.summary(data)

    async def upload(request):
        file = (await request.form())["file"]
        return exchange.told(file.filename, file.file)

    # Given as objects: annotations in a function body are names that Litestar could not look up.
    plain.__annotations__ = {"return": str}
    form.__annotations__ = upload.__annotations__ = {"request": Request, "return": dict[str, Any]}
    document.__annotations__ = {"data": dict[str, Any], "return": dict[str, Any]}
    _application = Litestar(
        [
            get("/plain/", media_type=MediaType.TEXT)(plain),
            post("/form/", status_code=200)(form),
            post("/document/", status_code=200)(document),
            post("/upload/", status_code=200)(upload),
        ],
        openapi_config=None,
        debug=False,
    )


CASES = exchange.cases_of_peer("ASGI", lambda: _application)
