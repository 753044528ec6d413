"""HTML out of texts: escaping, building, stripping, links. Every function takes time linear in its input."""

from __future__ import annotations

import html
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from hotclub._kernel.deprecation import RemovedInDjango2028Warning
from hotclub._kernel.markup import Kind, scan
from hotclub.conf import settings
from hotclub.core.exceptions import SuspiciousOperation, ValidationError
from hotclub.core.validators import EmailValidator
from hotclub.utils.functional import Promise, keep_lazy, keep_lazy_text, lazy
from hotclub.utils.http import MAX_URL_LENGTH, RFC3986_GENDELS, RFC3986_SUBDELS
from hotclub.utils.json import DjangoJSONEncoder
from hotclub.utils.regex_helper import lazy_pattern
from hotclub.utils.safestring import SafeData, SafeString, mark_safe
from hotclub.utils.text import normalize_newlines

C = TypeVar("C", bound=type)

VOID_ELEMENTS = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
        # Obsolete, and still met.
        "frame", "spacer",
    }
)  # fmt: skip

MAX_STRIP_TAGS_DEPTH = 50


def _escape(text: Any) -> SafeString:
    return SafeString(html.escape(str(text)))


_lazy_escape = lazy(_escape, SafeString)


def escape(text: Any) -> SafeString:
    """Return the text with `&`, `<`, `>`, `"` and `'` as entities; a safe text is escaped once more.

    Lazy texts give lazy results.
    """
    if isinstance(text, Promise):
        return _lazy_escape(text)
    return SafeString(html.escape(str(text)))


_js_escapes = {
    **{ord(char): f"\\u{ord(char):04X}" for char in "\\'\"><&=-;`\u2028\u2029"},
    **{code: f"\\u{code:04X}" for code in (*range(32), 0x7F, *range(0x80, 0xA0))},
}


@keep_lazy(SafeString)
def escapejs(value: Any) -> SafeString:
    """Return the text for use between quotes in JavaScript."""
    return SafeString(str(value).translate(_js_escapes))


_json_script_escapes = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


_script_json_escapes = {
    **_json_script_escapes,
    0x2028: "\\u2028",
    0x2029: "\\u2029",
    ord("'"): "\\u0027",
    ord("`"): "\\u0060",
}


def script_json(value: Any) -> str:
    """Return a value as JSON that may stand in the code of a script element or of an event handler.

    Raises:
        TypeError: it has no JSON.
        ValueError: it holds itself, or a number that is none.
    """
    return json.dumps(value, cls=DjangoJSONEncoder, allow_nan=False).translate(_script_json_escapes)


def json_script(value: Any, element_id: str | None = None, encoder: Any = None) -> SafeString:
    """Return a value as JSON inside a script element, from where JavaScript can read it safely.

    Args:
        value: what to write.
        element_id: id of the element, if it shall have one.
        encoder: class of the JSON encoder.
    """
    text = json.dumps(value, cls=encoder or DjangoJSONEncoder).translate(_json_script_escapes)
    if element_id:
        return format_html('<script id="{}" type="application/json">{}</script>', element_id, mark_safe(text))
    return format_html('<script type="application/json">{}</script>', mark_safe(text))


def conditional_escape(text: Any) -> Any:
    """Escape unless the object says what its HTML is (`__html__`)."""
    if isinstance(text, Promise):
        text = str(text)
    if hasattr(text, "__html__"):
        return text.__html__()
    return escape(text)


def format_html(format_string: str, *args: Any, **kwargs: Any) -> SafeString:
    """`str.format` for HTML: the arguments are escaped, the format string is not.

    Raises:
        TypeError: no arguments: the whole text would pass unescaped.
    """
    if not (args or kwargs):
        raise TypeError("args or kwargs must be provided.")
    safe_args = map(conditional_escape, args)
    safe_kwargs = {name: conditional_escape(value) for name, value in kwargs.items()}
    return SafeString(format_string.format(*safe_args, **safe_kwargs))


def format_html_join(sep: Any, format_string: str, args_generator: Iterable[Any]) -> SafeString:
    """`format_html` for each set of arguments, joined.

    Args:
        sep: what stands between; escaped unless safe.
        format_string: as for `format_html`.
        args_generator: tuples of positional arguments, or mappings of named ones.
    """
    return SafeString(
        conditional_escape(sep).join(
            format_html(format_string, **args) if isinstance(args, Mapping) else format_html(format_string, *args)
            for args in args_generator
        )
    )


@keep_lazy_text
def linebreaks(value: Any, autoescape: bool = False) -> str:
    """Return the text in paragraphs: blank lines end one, single line breaks become `<br>`."""
    paragraphs = re.split("\n{2,}", str(normalize_newlines(value)))
    if autoescape:
        paragraphs = [escape(paragraph) for paragraph in paragraphs]
    return "\n\n".join("<p>{}</p>".format(paragraph.replace("\n", "<br>")) for paragraph in paragraphs)


def _strip_once(value: str) -> str:
    """Return what is not a tag; entities stay, with the semicolon they should have."""
    parts: list[str] = []
    for kind, text, name, _ in scan(value):
        if kind is Kind.DATA:
            parts.append(text)
        elif kind is Kind.ENTITY:
            parts.append(f"&{name};")
        elif kind is Kind.CHARACTER:
            parts.append(f"&#{name};")
    return "".join(parts)


_LONG_TAG = 1000
"""Characters beyond which what begins like a tag and does not end is suspicious."""


def _is_nested_deeply(text: str) -> bool:
    """Say whether a long stretch between two ">" opens tags again and again, and closes none: expensive to parse."""
    for stretch in text.split(">"):
        first = _tag_start_re.search(stretch) if len(stretch) > _LONG_TAG else None
        if (
            first
            and len(stretch) - first.end() >= _LONG_TAG
            and stretch.count("<", first.start()) >= MAX_STRIP_TAGS_DEPTH
        ):
            return True
    return False


_tag_start_re = lazy_pattern(r"<[a-zA-Z]")


@keep_lazy_text
def strip_tags(value: Any) -> str:
    """Return the text without what looks like tags. The result is not safe HTML: escape it where it is shown.

    Raises:
        SuspiciousOperation: tags inside of tags inside of tags …, beyond any honest text.
    """
    text = str(value)
    if _is_nested_deeply(text):
        raise SuspiciousOperation
    # What is left after stripping may look like a tag again.
    for _ in range(MAX_STRIP_TAGS_DEPTH + 1):
        if "<" not in text or ">" not in text:
            return text
        stripped = _strip_once(text)
        if stripped.count("<") == text.count("<"):
            return text
        text = stripped
    raise SuspiciousOperation


_spaces_between_tags_re = lazy_pattern(r">\s+<")


@keep_lazy_text
def strip_spaces_between_tags(value: Any) -> str:
    """Return the HTML without blanks between tags."""
    result: str = _spaces_between_tags_re.sub("><", str(value))
    return result


def _requote(segment: str) -> str:
    """Quote a part of a URL that may be quoted already, in whole or in part."""
    return quote(unquote(segment), safe=RFC3986_SUBDELS + RFC3986_GENDELS + "~")


def smart_urlquote(url: str) -> str:
    """Return the URL with everything unsafe quoted, once."""
    try:
        scheme, netloc, path, query, fragment = urlsplit(url)
    except ValueError:  # a malformed IPv6 address
        return _requote(url)
    netloc = _requote(netloc)
    if query:
        pairs = [(unquote(name), unquote(value)) for name, value in parse_qsl(query, keep_blank_values=True)]
        query = urlencode(pairs)
    return urlunsplit((scheme, netloc, _requote(path), query, _requote(fragment)))


_NOT_IN_HOSTS = frozenset("@[]()")


class Urlizer:
    """Turns addresses in a text into links: http, https and www addresses, domains of the classic endings, e-mail.

    Links may have punctuation behind and brackets around them. Words longer than any URL are left alone.
    """

    trailing_punctuation_chars = ".,:;!"
    wrapping_punctuation: tuple[tuple[str, str], ...] = (("(", ")"), ("[", "]"))
    classic_endings = ("com", "edu", "gov", "int", "mil", "net", "org")
    between_words_re = lazy_pattern(r"""([\s<>"']+)""")
    mailto_template = "mailto:{local}@{domain}"
    url_template = '<a href="{href}"{attrs}>{url}</a>'

    def __call__(
        self, text: Any, trim_url_limit: int | None = None, nofollow: bool = False, autoescape: bool = False
    ) -> str:
        """Return the text with links.

        Args:
            text: plain text or safe HTML.
            trim_url_limit: show at most so many characters of each address.
            nofollow: add `rel="nofollow"`.
            autoescape: escape the text.
        """
        safe_input = isinstance(text, SafeData)
        done: dict[str, str] = {}
        parts: list[str] = []
        for word in self.between_words_re.split(str(text)):
            if word not in done:
                done[word] = self.handle_word(
                    word,
                    safe_input=safe_input,
                    trim_url_limit=trim_url_limit,
                    nofollow=nofollow,
                    autoescape=autoescape,
                )
            parts.append(done[word])
        return "".join(parts)

    def handle_word(
        self,
        word: str,
        *,
        safe_input: bool,
        trim_url_limit: int | None = None,
        nofollow: bool = False,
        autoescape: bool = False,
    ) -> str:
        """Return a word, as a link if it is an address."""
        if len(word) <= MAX_URL_LENGTH and ("." in word or "@" in word or ":" in word):
            lead, middle, trail = self.trim_punctuation(word)
            target = self._target(middle)
            if target is not None:
                href, is_mail = target
                attrs = ' rel="nofollow"' if nofollow and not is_mail else ""
                shown = self.trim_url(middle, limit=trim_url_limit)
                if autoescape and not safe_input:
                    lead, trail, shown = escape(lead), escape(trail), escape(shown)
                link = self.url_template.format(href=escape(href), attrs=attrs, url=shown)
                return mark_safe(f"{lead}{link}{trail}")
        if safe_input:
            return mark_safe(word)
        return escape(word) if autoescape else word

    def _target(self, text: str) -> tuple[str, bool] | None:
        """Return (address of the link, whether it is e-mail); None if the text is no address."""
        if self.has_scheme(text):
            return smart_urlquote(html.unescape(text)), False
        if self.is_bare_host(text):
            return smart_urlquote(f"{self._default_scheme()}://{html.unescape(text)}"), False
        if ":" not in text and self.is_email_simple(text):
            local, _, domain = text.rpartition("@")
            return self.mailto_template.format(local=quote(local, safe=""), domain=quote(domain, safe="")), True
        return None

    @staticmethod
    def has_scheme(text: str) -> bool:
        """Say whether a text begins with "http://" or "https://" and a host."""
        scheme, delimiter, rest = text.partition("://")
        host = rest.removeprefix("[")[:1]
        return bool(delimiter) and scheme.lower() in ("http", "https") and (host.isalnum() or host == "_")

    def is_bare_host(self, text: str) -> bool:
        """Say whether a text without scheme is a web address: it begins with "www.", or has one of the endings."""
        lower = text.lower()
        if lower.startswith("www."):
            return True
        host, _, _ = lower.partition("/")
        name, dot, ending = host.rpartition(".")
        return (
            bool(dot)
            and ending in self.classic_endings
            and len(name) > 1
            and (name[0].isalnum() or name[0] == "_")
            and _NOT_IN_HOSTS.isdisjoint(name)
            and not name.startswith("http")
        )

    def _default_scheme(self) -> str:
        if settings.URLIZE_ASSUME_HTTPS:
            return "https"
        warnings.warn(
            "The default protocol will be changed from HTTP to HTTPS in Django 2028. Set the URLIZE_ASSUME_HTTPS "
            "transitional setting to True to opt into using HTTPS as the new default protocol.",
            RemovedInDjango2028Warning,
            stacklevel=2,
        )
        return "http"

    def trim_url(self, x: str, *, limit: int | None) -> str:
        """Return the text cut to `limit` characters, the last of them an ellipsis."""
        if limit is None or len(x) <= limit:
            return x
        return f"{x[: max(0, limit - 1)]}…"

    def trim_punctuation(self, word: str) -> tuple[str, str, str]:
        """Return what stands before, the word itself, and what stands after: brackets and punctuation.

        Brackets that belong to the word (opened and closed in it) stay, and so does the end of an entity.
        """
        opening = "".join(pair[0] for pair in self.wrapping_punctuation)
        closing_of = {close: start for start, close in self.wrapping_punctuation}
        middle = word.lstrip(opening)
        lead = word[: len(word) - len(middle)]
        surplus = {close: middle.count(close) - middle.count(start) for close, start in closing_of.items()}
        end = len(middle)
        while end:
            char = middle[end - 1]
            if char in closing_of:
                if surplus[char] <= 0:
                    break
                surplus[char] -= 1
            elif char in self.trailing_punctuation_chars:
                if char == ";" and _ends_with_entity(middle, end):
                    break
            else:
                break
            end -= 1
        return lead, middle[:end], middle[end:]

    @staticmethod
    def is_email_simple(value: str) -> bool:
        """Say whether the text is an e-mail address with a domain of several parts."""
        try:
            EmailValidator(allowlist=[])(value)
        except ValidationError:
            return False
        return True


_entity_re = lazy_pattern(r"&[#\w]{1,32};$")


def _ends_with_entity(text: str, end: int) -> bool:
    # No name of an entity is longer than 32 characters: the look back is bounded.
    match = _entity_re.search(text[max(0, end - 34) : end])
    return match is not None and html.unescape(match[0]) != match[0]


urlizer = Urlizer()


@keep_lazy_text
def urlize(text: Any, trim_url_limit: int | None = None, nofollow: bool = False, autoescape: bool = False) -> str:
    """Turn addresses in a text into links; see `Urlizer`."""
    return urlizer(text, trim_url_limit=trim_url_limit, nofollow=nofollow, autoescape=autoescape)


def avoid_wrapping(value: str) -> str:
    """Return the text with non-breaking spaces."""
    return value.replace(" ", "\xa0")


def html_safe(klass: C) -> C:
    """Decorate a class whose `__str__` is HTML: it gets the `__html__` method that says so.

    Raises:
        ValueError: it has one, or has no `__str__` of its own.
    """
    if "__html__" in klass.__dict__:
        raise ValueError(f"can't apply @html_safe to {klass.__name__} because it defines __html__().")
    if "__str__" not in klass.__dict__:
        raise ValueError(f"can't apply @html_safe to {klass.__name__} because it doesn't define __str__().")
    write: Any = klass.__str__

    def safe_text(self: Any) -> SafeString:
        return SafeString(write(self))

    def html_of(self: Any) -> str:
        # Through str(): a subclass may write itself in another way.
        return str(self)

    for name, method in (("__str__", safe_text), ("__html__", html_of)):
        setattr(klass, name, method)
    return klass
