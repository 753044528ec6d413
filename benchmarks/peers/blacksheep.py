"""BlackSheep."""

from __future__ import annotations

from typing import Any

from benchmarks import exchange

LABEL = "BlackSheep"
NEEDS = ("blacksheep",)

_application: Any = None


def set_up() -> None:
    global _application
    import io

    from blacksheep import Application, Request, Router, json, text

    _application = Application(router=Router(), show_error_details=True)

    async def plain():
        return text("Hello, world!")

    async def form(request):
        return json(exchange.filled_in(await request.form()))

    async def document(request):
        return json(exchange.summary(await request.json()))

    async def upload(request):
        [file] = await request.files("file")
        content = file.data if isinstance(file.data, bytes | bytearray) else file.file.read()
        name = file.file_name
        return json(exchange.told(name.decode() if isinstance(name, bytes) else name, io.BytesIO(content)))

    for function in (form, document, upload):
        function.__annotations__ = {"request": Request}
    _application.router.add_get("/plain/", plain)
    _application.router.add_post("/form/", form)
    _application.router.add_post("/document/", document)
    _application.router.add_post("/upload/", upload)


async def _start() -> None:
    await _application.start()


CASES = exchange.cases_of_peer("ASGI", lambda: _application, before=_start)
