"""Starlette: the toolkit that FastAPI stands on."""

from __future__ import annotations

from benchmarks import exchange

LABEL = "Starlette"
NEEDS = ("starlette", "python-multipart")

_application = None


def set_up() -> None:
    global _application
    import python_multipart  # noqa: F401  # Starlette imports it when a form comes
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route

    async def plain(request):
        return PlainTextResponse("Hello, world!")

    async def form(request):
        return JSONResponse(exchange.filled_in(await request.form()))

    async def document(request):
        return JSONResponse(exchange.summary(await request.json()))

    async def upload(request):
        async with request.form() as sent:
            return JSONResponse(exchange.told(sent["file"].filename, sent["file"].file))

    _application = Starlette(
        routes=[
            Route("/plain/", plain),
            Route("/form/", form, methods=["POST"]),
            Route("/document/", document, methods=["POST"]),
            Route("/upload/", upload, methods=["POST"]),
        ]
    )


CASES = exchange.cases_of_peer("ASGI", lambda: _application)
