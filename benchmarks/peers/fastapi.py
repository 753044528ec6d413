"""FastAPI, with typed parameters as its documentation writes them."""

from __future__ import annotations

from typing import Any

from benchmarks import exchange

LABEL = "FastAPI"
NEEDS = ("fastapi", "python-multipart")

_application: Any = None


def set_up() -> None:
    global _application
    from fastapi import Body, FastAPI, Request, UploadFile
    from fastapi.responses import PlainTextResponse

    _application = FastAPI(openapi_url=None)

    async def plain():
        return "Hello, world!"

    async def form(request):
        return exchange.filled_in(await request.form())

    async def document(document=Body()):  # noqa: B008  # FastAPI's way
        return exchange.summary(document)

    async def upload(file):
        return exchange.told(file.filename, file.file)

    # Given as objects: annotations in a function body are names that FastAPI could not look up.
    form.__annotations__ = {"request": Request}
    document.__annotations__ = {"document": dict[str, Any]}
    upload.__annotations__ = {"file": UploadFile}
    _application.get("/plain/", response_class=PlainTextResponse)(plain)
    _application.post("/form/")(form)
    _application.post("/document/")(document)
    _application.post("/upload/")(upload)


CASES = exchange.cases_of_peer("ASGI", lambda: _application)
