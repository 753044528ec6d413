"""Messages: their headers, attachments, and the arguments that used to be positional."""

from __future__ import annotations

from typing import Any

import pytest

from hotclub.core import mail
from hotclub.core.mail.backends.smtp import EmailBackend
from hotclub.utils.deprecation import RemovedInDjango2028Warning

pytestmark = pytest.mark.usefixtures("_project")

LISTS = {"To": "to", "Cc": "cc", "Reply-To": "reply_to"}


@pytest.mark.parametrize("name", [*LISTS, *(name.lower() for name in LISTS), "From", "FROM"])
def test_an_extra_header_stands_in_for_the_argument_of_its_name(name: str) -> None:
    arguments: dict[str, Any] = {argument: ["argument@example.com"] for argument in LISTS.values()}
    message = mail.EmailMessage("subject", "body", "argument@example.com", headers={name: "h@example.com"}, **arguments)
    written = message.message()
    assert written.get_all(name) == ["h@example.com"]
    others = {*LISTS, "From"} - {known for known in (*LISTS, "From") if known.lower() == name.lower()}
    assert {str(written[other]) for other in others} == {"argument@example.com"}


def test_a_line_break_in_a_header_is_refused() -> None:
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        mail.EmailMessage("subject\nBcc: all@example.com", to=["a@example.com"]).message()


@pytest.mark.parametrize("name", ["Bcc", "bcc", "BCC"])
def test_bcc_is_no_header(name: str) -> None:
    with pytest.raises(ValueError, match='Use the "bcc" argument'):
        mail.EmailMessage(to=["a@example.com"], headers={name: "b@example.com"}).message()


def test_text_set_as_bytes_on_the_attribute_is_read_when_it_is_sent() -> None:
    message = mail.EmailMessage()
    message.attachments = [("a.txt", "ü\n".encode(), "text/plain"), ("b.txt", b"\x86", "text/plain")]
    text, data = message.message().iter_attachments()
    assert text.get_content() == "ü\n"
    assert (data.get_content_type(), data.get_content()) == ("application/octet-stream", b"\x86")


def test_arguments_that_are_keywords_now_work_by_position_with_a_warning() -> None:
    with pytest.warns(RemovedInDjango2028Warning, match=r"'bcc' to EmailMessage\(\) is deprecated"):
        message = mail.EmailMessage("s", "b", "f@example.com", ["a@example.com"], ["b@example.com"])
    assert message.recipients() == ["a@example.com", "b@example.com"]


@pytest.mark.parametrize(
    ("address", "bare"),
    [
        ("Ann <ann@example.com>", "ann@example.com"),
        ("ann@münchen.example", "ann@xn--mnchen-3ya.example"),
        ('"to@other.com"@example.com', '"to@other.com"@example.com'),
    ],
)
def test_the_envelope_gets_the_bare_address(address: str, bare: str) -> None:
    assert EmailBackend.prep_address(None, address) == bare  # type: ignore[arg-type]  # it asks nothing of the backend


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ann@example.com\nRCPT TO:<all@example.com>", "line break"),
        ("a@example.com, b@example.com", "not a single address"),
        ("änn@example.com", "local-part contains non-ASCII"),
        ("", "Invalid address"),
    ],
)
def test_what_is_no_address_for_the_envelope_is_refused(address: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        EmailBackend.prep_address(None, address)  # type: ignore[arg-type]  # it asks nothing of the backend
