"""Every public function over text, on texts made to be expensive, doubled up to a megabyte: cost must grow as the text does.

What is compared is CPU time of one process, never a wall clock, and not a number of seconds but a ratio: from 64 KiB to 1 MiB
the text grows 16 times, so a linear function costs 16 times as much and a quadratic one 256 times. The limit is between the
two (16 ** 1.7, or 111), and each side is the least of three runs; times below a millisecond count as one.
Calls cannot be counted instead: what runs away is a regular expression or a search inside of one call.

    python -m benchmarks.text_growth [--smallest BYTES] [--largest BYTES] [name ...]

Ends with status 1 and the names if something grows faster, and runs under a limit of CPU time, so that it ends in any case.
`tests/utils/test_text_growth.py` runs it in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hotclub.conf import settings

if not settings.configured:
    settings.configure(USE_I18N=False, URLIZE_ASSUME_HTTPS=True)

from hotclub.core.exceptions import SuspiciousOperation, ValidationError
from hotclub.template import TemplateSyntaxError, defaultfilters
from hotclub.template.base import Lexer, Token, TokenType, Variable
from hotclub.utils import dateparse, encoding, html, http, ipv6, numberformat, safestring, text
from hotclub.utils.translation import trim_whitespace
from hotclub.utils.translation.template import templatize

SMALLEST_BYTES = 64 * 1024
LARGEST_BYTES = 1024 * 1024
FLOOR_SECONDS = 0.001
CPU_SECONDS = 900

EXPENSIVE = (
    "x", "<", ">", "<a ", "<a", "</", "</a", "<a>", "<!--", "<!", "<!a", "<?", "<![CDATA[", "<a b='", "<a b=", "<a/", "<script>", "<x<",
    "<<a>", "&", "&#", "&#x", "&amp;", "&a", "&#39;", "\"", "'", "\\", "\\\"", "'\\", " ", "\n", "\r", "\r\n", "\t\n", "a b ", "a\n\n",
    "(", ")", "[(", "a.", ".", ",", ":", ";", "!", "a@", "@", "a@b.", "http://", "https://a.", "www.", "a/", "http://a.b?c&", "-", "_-", "- ",
    "\u0301", "e\u0301", "İ", "ß", "ﷺ", "中", "%", "%e9", "%25", "+", "{", "{{", "{%", "{#", "{{ a", "{% a", "}}", "0", "-1", "1e", "1:", "=",
    "a=\"", "a;", "a=b;", "W/\"", ",\"", "\\\" ", "'\\' ", "\"' ", "aÿ", "aB", "AB", "*", "(?P<a>", "[a", "\x00", "\u2028",
)  # fmt: skip
"""What is repeated: openings that are never closed, ends that never began, and what each function looks for."""


FEW = (
    "x",
    "<",
    "<a ",
    "</",
    "<!--",
    "<a b='",
    "<a>",
    "&",
    "&#",
    '"',
    "'\\",
    " ",
    "\n",
    "(",
    "a.",
    "a@",
    "http://",
    "- ",
    "\u0301",
    "ﷺ",
    "%",
    "{%",
    "0",
    "\"' ",
    "aÿ",
    'a="',
)


def _refusing(function: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let a refusal count as an answer."""

    def call(value: str) -> Any:
        try:
            return function(value)
        except (ValueError, SuspiciousOperation, UnicodeError, SyntaxError, ValidationError):
            return None
        except TemplateSyntaxError:
            return None

    return call


def _drained(chunks: Any) -> None:
    async def drain() -> None:
        async for _ in chunks:
            pass

    asyncio.run(drain())


async def _once(chunk: bytes) -> Any:
    yield chunk


TEXT_FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "text.capfirst": text.capfirst,
    "text.wrap": lambda value: text.wrap(value, 40),
    "text.Truncator.chars": lambda value: text.Truncator(value).chars(len(value) // 2),
    "text.Truncator.words": lambda value: text.Truncator(value).words(len(value) // 2),
    "text.Truncator.chars html": lambda value: text.Truncator(value).chars(len(value) // 2, html=True),
    "text.Truncator.words html": lambda value: text.Truncator(value).words(len(value) // 2, html=True),
    "text.get_valid_filename": text.get_valid_filename,
    "text.get_text_list": lambda value: text.get_text_list([value[:1]] * len(value), "or"),
    "text.normalize_newlines": text.normalize_newlines,
    "text.phone2numeric": text.phone2numeric,
    "text.compress_string": lambda value: text.compress_string(value.encode()),
    "text.compress_sequence": lambda value: list(text.compress_sequence([value.encode()])),
    "text.acompress_sequence": lambda value: _drained(text.acompress_sequence(_once(value.encode()))),
    "text.smart_split": lambda value: list(text.smart_split(value)),
    "text.unescape_string_literal": lambda value: text.unescape_string_literal(f'"{value}"'),
    "text.slugify": text.slugify,
    "text.slugify unicode": lambda value: text.slugify(value, allow_unicode=True),
    "text.camel_case_to_spaces": text.camel_case_to_spaces,
    "text.format_lazy": lambda value: str(text.format_lazy("{}", value)),
    "html.escape": html.escape,
    "html.escapejs": html.escapejs,
    "html.json_script": html.json_script,
    "html.script_json": html.script_json,
    "html.conditional_escape": html.conditional_escape,
    "html.format_html": lambda value: html.format_html("<p>{}</p>", value),
    "html.format_html_join": lambda value: html.format_html_join(", ", "{}", ((part,) for part in value.split("a"))),
    "html.linebreaks": html.linebreaks,
    "html.strip_tags": html.strip_tags,
    "html.strip_spaces_between_tags": html.strip_spaces_between_tags,
    "html.smart_urlquote": html.smart_urlquote,
    "html.urlize": lambda value: html.urlize(value, autoescape=True),
    "html.avoid_wrapping": html.avoid_wrapping,
    "encoding.smart_str": encoding.smart_str,
    "encoding.force_str": lambda value: encoding.force_str(value.encode()),
    "encoding.smart_bytes": encoding.smart_bytes,
    "encoding.force_bytes": encoding.force_bytes,
    "encoding.iri_to_uri": encoding.iri_to_uri,
    "encoding.uri_to_iri": encoding.uri_to_iri,
    "encoding.escape_uri_path": encoding.escape_uri_path,
    "encoding.punycode": encoding.punycode,
    "encoding.repercent_broken_unicode": lambda value: encoding.repercent_broken_unicode(value.encode() + b"\xff"),
    "encoding.repercent_broken_unicode broken": lambda value: encoding.repercent_broken_unicode(
        value.encode("latin-1", "ignore")
    ),
    "encoding.filepath_to_uri": encoding.filepath_to_uri,
    "http.urlencode": lambda value: http.urlencode({"a": value}),
    "http.parse_http_date": http.parse_http_date,
    "http.base36_to_int": http.base36_to_int,
    "http.urlsafe_base64_encode": lambda value: http.urlsafe_base64_encode(value.encode()),
    "http.urlsafe_base64_decode": http.urlsafe_base64_decode,
    "http.parse_etags": http.parse_etags,
    "http.quote_etag": http.quote_etag,
    "http.is_same_domain": lambda value: http.is_same_domain(value, f".{value}"),
    "http.url_has_allowed_host_and_scheme": lambda value: http.url_has_allowed_host_and_scheme(value, "a"),
    "http.escape_leading_slashes": http.escape_leading_slashes,
    "http.parse_header_parameters": http.parse_header_parameters,
    "http.content_disposition_header": lambda value: http.content_disposition_header(True, value),
    "dateparse.parse_date": dateparse.parse_date,
    "dateparse.parse_time": dateparse.parse_time,
    "dateparse.parse_datetime": dateparse.parse_datetime,
    "dateparse.parse_duration": dateparse.parse_duration,
    "ipv6.clean_ipv6_address": ipv6.clean_ipv6_address,
    "ipv6.is_valid_ipv6_address": ipv6.is_valid_ipv6_address,
    "numberformat.format": lambda value: numberformat.format(value, ".", 2, 3, ",", force_grouping=True),
    "safestring.mark_safe": safestring.mark_safe,
    "translation.trim_whitespace": trim_whitespace,
    "translation.templatize": templatize,
    "template.Lexer": lambda value: Lexer(value).tokenize(),
    "template.Token.split_contents": lambda value: Token(TokenType.BLOCK, value).split_contents(),
    "template.Variable": Variable,
}
"""Name and call with one text."""

NO_TEXT_IN = {
    "text.Truncator": "its methods stand above",
    "html.html_safe": "decorates a class",
    "html.Urlizer": "called by urlize",
    "encoding.is_protected_type": "asks for a type",
    "encoding.get_system_encoding": "takes nothing",
    "encoding.DjangoUnicodeDecodeError": "an exception",
    "http.http_date": "takes a number",
    "http.int_to_base36": "takes a number",
    "http.parse_http_date_safe": "parse_http_date",
    "http.split_header_value": "parse_header_parameters",
    "http.split_directive_names": "parse_header_parameters",
    "ipv6.MAX_IPV6_ADDRESS_LENGTH": "a number",
}
"""Public names of the modules that read no text of a stranger, and why."""

FILTERS: dict[str, tuple[Any, ...]] = {
    "addslashes": (), "capfirst": (), "escapejs": (), "floatformat": (2,), "iriencode": (), "linenumbers": (), "lower": (),
    "make_list": (), "slugify": (), "stringformat": ("s",), "title": (), "truncatechars": (500_000,), "truncatechars_html": (500_000,),
    "truncatewords": (500_000,), "truncatewords_html": (500_000,), "upper": (), "urlencode": (), "urlize": (), "urlizetrunc": (20,),
    "wordcount": (), "wordwrap": (40,), "ljust": (30,), "rjust": (30,), "center": (30,), "cut": ("a",), "escape": (), "force_escape": (),
    "linebreaks": (), "linebreaksbr": (), "safe": (), "striptags": (), "json_script": ("id",), "phone2numeric": (), "pprint": (),
    "escapeseq": (), "safeseq": (), "unordered_list": (), "join": (",",), "first": (), "last": (), "length": (), "random": (), "slice": ("::2",),
    "dictsort": (0,), "dictsortreversed": (0,), "add": ("a",), "get_digit": (2,), "date": (), "time": (),
    "default": ("a",), "default_if_none": ("a",), "divisibleby": (2,), "yesno": (), "filesizeformat": (), "pluralize": (),
}  # fmt: skip
"""Every filter that may get text, and the arguments it is called with."""

NO_TEXT_FILTERS = {"timesince", "timeuntil"}
"""They take dates, and fail on text as documented."""


def cases() -> dict[str, Callable[[str], Any]]:
    """Return every call to measure by name."""
    found = dict(TEXT_FUNCTIONS)
    for name, arguments in FILTERS.items():
        function = defaultfilters.register.filters[name]
        found[f"filter {name}"] = lambda value, function=function, arguments=arguments: function(value, *arguments)
    return found


def _seconds(function: Callable[[str], Any], value: str, runs: int) -> float:
    # The collector's passes over many small objects are no work of the function.
    gc.disable()
    best = float("inf")
    for _ in range(runs):
        # A new text each time: nothing may be remembered by its object.
        given = "".join((value, " "))[:-1]
        began = time.process_time()
        function(given)
        best = min(best, time.process_time() - began)
        if best > 1:
            break
    gc.enable()
    return best


def growths(
    names: list[str], smallest: int, largest: int, texts: Sequence[str] = EXPENSIVE
) -> Iterator[tuple[str, str, float, float, float]]:
    """Yield name, repeated text, seconds at both sizes, and how far above linear the growth is (1 = linear)."""
    for name, function in cases().items():
        if names and name not in names:
            continue
        call = _refusing(function)
        for unit in texts:
            size = smallest
            first = max(FLOOR_SECONDS, _seconds(call, unit * (size // len(unit)), 3))
            last = first
            while size < largest:
                size = min(size * 4, largest)
                last = max(FLOOR_SECONDS, _seconds(call, unit * (size // len(unit)), 1))
                if last / first > 4 * (size / smallest) ** 1.5:
                    break  # runs away: there is no need to see how far
            if last / first > (size / smallest) ** 1.5:
                last = max(FLOOR_SECONDS, _seconds(call, unit * (size // len(unit)), 3))
            yield name, unit, first, last, last / first / (size / smallest)


def main(arguments: list[str]) -> int:
    """Measure, print what grows fastest and what grows too fast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smallest", type=int, default=SMALLEST_BYTES)
    parser.add_argument("--largest", type=int, default=LARGEST_BYTES)
    parser.add_argument("--texts", choices=("all", "few"), default="all", help="few: the openings that never end")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    if sys.platform != "win32":
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # Quadratic cost would show as the whole ratio; what is between is the memory's caches, and other processes.
    limit = (options.largest / options.smallest) ** 0.7
    texts = EXPENSIVE if options.texts == "all" else FEW
    too_fast = []
    slowest: dict[str, tuple[float, str, float]] = {}
    for name, unit, first, last, growth in growths(options.names, options.smallest, options.largest, texts):
        if growth > limit:
            too_fast.append(
                f"{name} on {unit!r}: {first * 1e3:.1f} ms, then {last * 1e3:.1f} ms, {growth:.1f} times linear"
            )
        if last > slowest.get(name, (0.0,))[0]:
            slowest[name] = last, unit, growth
    for name, (seconds, unit, growth) in sorted(slowest.items(), key=lambda item: -item[1][0]):
        print(f"{seconds * 1e3:10.1f} ms  {growth:5.2f}  {name}  {unit!r}")
    print(f"{len(slowest)} functions, {len(texts)} texts each, {len(too_fast)} above {limit:.1f} times linear")
    for line in too_fast:
        print(f"TOO FAST: {line}")
    return 1 if too_fast else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
