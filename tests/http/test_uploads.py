"""Uploads: what is kept, and for how long."""

import gc
import io
import weakref

from hotclub.core.handlers.wsgi import WSGIRequest
from hotclub.test.utils import override_settings

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="data.bin"\r\n\r\n'
    + b"x" * 100_000
    + b"\r\n--b--\r\n"
)


def request():
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
            "CONTENT_LENGTH": str(len(BODY)),
            "wsgi.input": io.BytesIO(BODY),
        }
    )


@override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=2**20)
def test_a_finished_upload_goes_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        uploading = request()
        file = uploading.FILES["file"]
        assert file.size == 100_000
        gone = weakref.ref(uploading), weakref.ref(file)
        uploading.close()
        del uploading, file
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()
