"""JSON responses, by the documented encoder hook: the standard one and msgspec."""

import dataclasses
import datetime
import decimal
import json
import uuid

import pytest

from hotclub.core.serializers.json import DjangoJSONEncoder, MsgspecJSONEncoder
from hotclub.http import JsonResponse
from hotclub.utils.functional import lazystr


@dataclasses.dataclass
class Point:
    x: int
    y: int


DATA = {
    "text": "é\u2028</script>",
    "number": decimal.Decimal("1.10"),
    "id": uuid.UUID(int=7),
    "lazy": lazystr("later"),
    "none": None,
}


def test_both_encoders_say_the_same():
    standard, fast = (
        json.loads(JsonResponse(DATA, encoder=kind).content) for kind in (DjangoJSONEncoder, MsgspecJSONEncoder)
    )
    assert standard == fast == {**DATA, "number": "1.10", "id": str(DATA["id"]), "lazy": "later"}


def test_msgspec_is_compact_and_knows_more():
    response = JsonResponse(
        {"point": Point(1, 2), "at": datetime.datetime(2030, 1, 2, 3, 4, 5, 678901)}, encoder=MsgspecJSONEncoder
    )
    assert response.content == b'{"point":{"x":1,"y":2},"at":"2030-01-02T03:04:05.678901"}'
    assert response["Content-Type"] == "application/json"


def test_a_subclass_has_the_last_word():
    class Encoder(MsgspecJSONEncoder):
        def default(self, o):
            return repr(o) if isinstance(o, complex) else super().default(o)

    assert JsonResponse({"a": 1j}, encoder=Encoder).content == b'{"a":"1j"}'
    with pytest.raises(TypeError):
        JsonResponse({"a": object()}, encoder=MsgspecJSONEncoder)


def test_parameters_of_dumps_are_for_the_standard_library():
    assert JsonResponse({"b": 1, "a": 2}, json_dumps_params={"sort_keys": True}).content == b'{"a": 2, "b": 1}'
