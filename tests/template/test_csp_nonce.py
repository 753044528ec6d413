"""`{% csp_nonce_attr %}` where there is no media to show."""

from __future__ import annotations

import pytest

from hotclub.forms import Media
from hotclub.template import Context, Engine


@pytest.mark.parametrize("media", ["", None, []])
@pytest.mark.parametrize("name", ["media", "missing", "media.css"])
def test_nothing_to_show_gives_the_attribute_alone(media: object, name: str) -> None:
    template = Engine().from_string(f"<p {{% csp_nonce_attr {name} %}}>")
    assert template.render(Context({"media": media, "csp_nonce": "N"})) == '<p nonce="N">'
    assert template.render(Context({"media": media})) == "<p >"


def test_media_is_shown_with_it() -> None:
    template = Engine().from_string("{% csp_nonce_attr media %}")
    assert template.render(Context({"media": Media(js=["https://a.b/c.js"]), "csp_nonce": "N"})) == (
        '<script src="https://a.b/c.js" nonce="N"></script>'
    )
