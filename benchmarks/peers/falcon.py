"""Falcon, over both interfaces."""

from __future__ import annotations

from benchmarks import exchange

LABEL = "Falcon"
NEEDS = ("falcon",)

_wsgi = None
_asgi = None


def set_up() -> None:
    global _wsgi, _asgi
    import io

    import falcon
    import falcon.asgi

    class Plain:
        def on_get(self, request, response):
            response.content_type = falcon.MEDIA_TEXT
            response.text = "Hello, world!"

    class Form:
        def on_post(self, request, response):
            response.media = exchange.filled_in(request.get_media())

    class Document:
        def on_post(self, request, response):
            response.media = exchange.summary(request.get_media())

    class Upload:
        def on_post(self, request, response):
            for part in request.get_media():
                file = io.BytesIO(part.stream.read())
                response.media = exchange.told(part.filename, file)

    class AsyncPlain:
        async def on_get(self, request, response):
            response.content_type = falcon.MEDIA_TEXT
            response.text = "Hello, world!"

    class AsyncForm:
        async def on_post(self, request, response):
            response.media = exchange.filled_in(await request.get_media())

    class AsyncDocument:
        async def on_post(self, request, response):
            response.media = exchange.summary(await request.get_media())

    class AsyncUpload:
        async def on_post(self, request, response):
            async for part in await request.get_media():
                file = io.BytesIO(await part.stream.read())
                response.media = exchange.told(part.filename, file)

    _wsgi, _asgi = falcon.App(), falcon.asgi.App()
    for application, resources in (
        (_wsgi, (Plain, Form, Document, Upload)),
        (_asgi, (AsyncPlain, AsyncForm, AsyncDocument, AsyncUpload)),
    ):
        for path, resource in zip(("/plain/", "/form/", "/document/", "/upload/"), resources, strict=True):
            application.add_route(path, resource())


CASES = {
    **exchange.cases_of_peer("WSGI", lambda: _wsgi),
    **exchange.cases_of_peer("ASGI", lambda: _asgi),
}
