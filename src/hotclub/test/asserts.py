"""Assertions over responses, templates, forms, HTML, XML, JSON and URLs, as a mixin of test cases.

Knows responses and forms by their documented attributes only; runs no query and sends no request of its own, except
where `assertRedirects` follows a redirect through the response's client.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import TestCase as UnitTestCase
from unittest.util import safe_repr
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from hotclub.conf import settings
from hotclub.core.exceptions import ValidationError
from hotclub.http.request import split_domain_port, validate_host
from hotclub.test.captures import compare_xml
from hotclub.test.html import Element, HTMLParseError, parse_html
from hotclub.test.templates import TemplateWatch, template_names
from hotclub.utils.encoding import punycode

__unittest = True
"""Tells unittest to leave the frames of this module out of failure reports."""


def as_list(value: Any) -> list[Any]:
    """Return a list: of nothing for None, of one for a single value."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


class WebAsserts(UnitTestCase):
    """The documented assertions that need no database."""

    # -- errors and warnings -------------------------------------------------------------------------------------

    @contextmanager
    def _expecting(self, manager: Any, attribute: str, expected_message: str) -> Iterator[Any]:
        with manager as context:
            yield context
        self.assertIn(expected_message, str(getattr(context, attribute)))

    def assertRaisesMessage(self, expected_exception: Any, expected_message: str, *args: Any, **kwargs: Any) -> Any:
        """Assert that an exception is raised whose text contains a message; with a callable, or as a context."""
        return self._assert_message(self.assertRaises, "exception", expected_exception, expected_message, args, kwargs)

    def assertWarnsMessage(self, expected_warning: Any, expected_message: str, *args: Any, **kwargs: Any) -> Any:
        """Assert that a warning is given whose text contains a message; with a callable, or as a context."""
        return self._assert_message(self.assertWarns, "warning", expected_warning, expected_message, args, kwargs)

    def _assert_message(
        self,
        assertion: Callable[..., Any],
        attribute: str,
        expected: Any,
        message: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        context = self._expecting(assertion(expected), attribute, message)
        if not args:
            return context
        with context:
            args[0](*args[1:], **kwargs)
        return None

    # -- responses -----------------------------------------------------------------------------------------------

    def assertRedirects(
        self,
        response: Any,
        expected_url: Any,
        status_code: int = 302,
        target_status_code: int = 200,
        msg_prefix: str = "",
        fetch_redirect_response: bool = True,
    ) -> None:
        """Assert that a response redirected to a URL, and that the URL can be loaded.

        Args:
            response: of the test client; with `follow=True` the chain's first status and last URL count.
            expected_url: where it must lead; names, numbers and order of query parameters are compared.
            status_code: of the redirect.
            target_status_code: of the page it leads to.
            msg_prefix: stands before the message of a failure.
            fetch_redirect_response: whether to load the target.
        """
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        if hasattr(response, "redirect_chain"):
            url = self._followed(response, status_code, target_status_code, prefix)
        else:
            url = self._redirected(
                response, expected_url, status_code, target_status_code, prefix, fetch_redirect_response
            )
        self.assertURLEqual(url, expected_url, f"{prefix}Response redirected to '{url}', expected '{expected_url}'")

    def _followed(self, response: Any, status_code: int, target_status_code: int, prefix: str) -> str:
        chain = response.redirect_chain
        self.assertTrue(
            chain,
            f"{prefix}Response didn't redirect as expected: Response code was {response.status_code} (expected {status_code})",
        )
        self.assertEqual(
            chain[0][1],
            status_code,
            f"{prefix}Initial response didn't redirect as expected: Response code was {chain[0][1]} (expected {status_code})",
        )
        self.assertEqual(
            response.status_code,
            target_status_code,
            f"{prefix}Response didn't redirect as expected: Final Response code was {response.status_code} (expected {target_status_code})",
        )
        return str(chain[-1][0])

    def _redirected(
        self, response: Any, expected_url: Any, status_code: int, target_status_code: int, prefix: str, fetch: bool
    ) -> str:
        self.assertEqual(
            response.status_code,
            status_code,
            f"{prefix}Response didn't redirect as expected: Response code was {response.status_code} (expected {status_code})",
        )
        url = str(response.url)
        scheme, netloc, path, _query, _fragment = urlsplit(url)
        if not path.startswith("/"):
            # A relative redirect is meant from the page that gave it.
            url = urljoin(response.request["PATH_INFO"], url)
            path = urljoin(response.request["PATH_INFO"], path)
        if fetch:
            self._load_target(response, url, scheme, netloc, path, target_status_code, prefix)
        return url

    def _load_target(
        self, response: Any, url: str, scheme: str, netloc: str, path: str, target_status_code: int, prefix: str
    ) -> None:
        domain, _port = split_domain_port(netloc)
        if domain and not validate_host(domain, settings.ALLOWED_HOSTS):
            raise ValueError(
                f"The test client is unable to fetch remote URLs (got {url}). "
                f"If the host is served by Django, add '{domain}' to ALLOWED_HOSTS. Otherwise, use "
                "assertRedirects(..., fetch_redirect_response=False)."
            )
        extra = response.client.extra or {}
        headers = response.client.headers or {}
        query = urlsplit(url).query
        target = response.client.get(
            f"{path}?{query}" if query else path,
            secure=scheme == "https",
            headers=headers,
            **extra,
        )
        self.assertEqual(
            target.status_code,
            target_status_code,
            f"{prefix}Couldn't retrieve redirection page '{path}': response code was {target.status_code} (expected {target_status_code})",
        )

    def assertURLEqual(self, url1: Any, url2: Any, msg_prefix: str = "") -> None:
        """Assert that two URLs are the same, whatever the order of parameters with different names."""
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        self.assertEqual(_normalized_url(url1), _normalized_url(url2), f"{prefix}Expected '{url1}' to equal '{url2}'")

    def _text_of(self, response: Any, text: Any, status_code: int, prefix: str, html: bool) -> tuple[Any, Any, str]:
        """Return needle, haystack and the haystack's repr, of bytes, texts or trees."""
        # A response that is not rendered yet (a template response from a RequestFactory's view) is rendered now.
        if hasattr(response, "render") and callable(response.render) and not response.is_rendered:
            response.render()
        self.assertEqual(
            response.status_code,
            status_code,
            f"{prefix}Couldn't retrieve content: Response code was {response.status_code} (expected {status_code})",
        )
        content: Any = response.getvalue() if response.streaming else response.content
        if response.streaming:
            response.streaming_content = [content]
        shown = content
        if not isinstance(text, bytes) or html:
            text = str(text)
            content = content.decode(response.charset)
        if html:
            content = parsed_or_failed(self, content, None, "Response's content is not valid HTML:")
            text = parsed_or_failed(self, str(text), None, "Second argument is not valid HTML:")
        return text, content, repr(shown)

    def assertContains(
        self,
        response: Any,
        text: Any,
        count: int | None = None,
        status_code: int = 200,
        msg_prefix: str = "",
        html: bool = False,
    ) -> None:
        """Assert that a response has a status and contains a text.

        Args:
            response: any response.
            text: bytes or a text.
            count: how often; at least once, if None.
            status_code: of the response.
            msg_prefix: stands before the message of a failure.
            html: compare as HTML, see `assertHTMLEqual`.
        """
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        needle, haystack, shown = self._text_of(response, text, status_code, prefix, html)
        real_count = haystack.count(needle)
        wanted = repr(text) if isinstance(text, bytes) else f"'{text}'"
        if count is not None:
            self.assertEqual(
                real_count,
                count,
                f"{prefix}Found {real_count} instances of {wanted} (expected {count}) in the following response\n{shown}",
            )
        else:
            self.assertTrue(real_count != 0, f"{prefix}Couldn't find {wanted} in the following response\n{shown}")

    def assertNotContains(
        self, response: Any, text: Any, status_code: int = 200, msg_prefix: str = "", html: bool = False
    ) -> None:
        """Assert that a response has a status and does not contain a text; arguments as in `assertContains`."""
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        needle, haystack, shown = self._text_of(response, text, status_code, prefix, html)
        wanted = repr(text) if isinstance(text, bytes) else f"'{text}'"
        self.assertEqual(
            haystack.count(needle), 0, f"{prefix}{wanted} unexpectedly found in the following response\n{shown}"
        )

    # -- forms ---------------------------------------------------------------------------------------------------

    def assertFormError(self, form: Any, field: str | None, errors: Any, msg_prefix: str = "") -> None:
        """Assert that a field of a form has exactly these errors.

        Args:
            form: a bound form.
            field: its name; None for errors that belong to no field.
            errors: one text or a list of texts.
            msg_prefix: stands before the message of a failure.
        """
        self._assert_form_error(form, field, errors, f"{msg_prefix}: " if msg_prefix else "", f"form {form!r}")

    def _assert_form_error(self, form: Any, field: str | None, errors: Any, prefix: str, who: str) -> None:
        if not form.is_bound:
            self.fail(f"{prefix}The {who} is not bound, it will never have any errors.")
        if field is not None and field not in form.fields:
            self.fail(f"{prefix}The {who} does not contain the field {field!r}.")
        if field is None:
            found = form.non_field_errors()
            message = f"{prefix}The non-field errors of {who} don't match."
        else:
            found = form.errors.get(field, [])
            message = f"{prefix}The errors of field {field!r} on {who} don't match."
        self.assertEqual(found, as_list(errors), message)

    def assertFormSetError(
        self, formset: Any, form_index: int | None, field: str | None, errors: Any, msg_prefix: str = ""
    ) -> None:
        """Assert the errors of a formset: of one form's field, of a form (`field=None`), or of all (`form_index=None`)."""
        if form_index is None and field is not None:
            raise ValueError("You must use field=None with form_index=None.")
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        if not formset.is_bound:
            self.fail(f"{prefix}The formset {formset!r} is not bound, it will never have any errors.")
        if form_index is not None and form_index >= formset.total_form_count():
            count = formset.total_form_count()
            self.fail(f"{prefix}The formset {formset!r} only has {count} form{'' if count == 1 else 's'}.")
        if form_index is not None:
            who = f"form {form_index} of formset {formset!r}"
            self._assert_form_error(formset.forms[form_index], field, errors, prefix, who)
        else:
            message = f"{prefix}The non-form errors of formset {formset!r} don't match."
            self.assertEqual(formset.non_form_errors(), as_list(errors), message)

    def assertFieldOutput(
        self,
        fieldclass: Any,
        valid: dict[Any, Any],
        invalid: dict[Any, Any],
        field_args: Any = None,
        field_kwargs: Any = None,
        empty_value: Any = "",
    ) -> None:
        """Assert what a form field makes of inputs.

        Args:
            fieldclass: class of the field.
            valid: input → cleaned value.
            invalid: input → list of error texts.
            field_args: positional arguments of the class.
            field_kwargs: keyword arguments of the class.
            empty_value: what an optional field makes of empty input.
        """
        arguments, keywords = field_args or [], field_kwargs or {}
        required = fieldclass(*arguments, **keywords)
        optional = fieldclass(*arguments, **{**keywords, "required": False})
        for given, expected in valid.items():
            self.assertEqual(required.clean(given), expected)
            self.assertEqual(optional.clean(given), expected)
        for given, messages in invalid.items():
            for field in (required, optional):
                with self.assertRaises(ValidationError) as context:
                    field.clean(given)
                self.assertEqual(context.exception.messages, messages)
        for empty in required.empty_values:
            with self.assertRaises(ValidationError) as context:
                required.clean(empty)
            self.assertEqual(context.exception.messages, [required.error_messages["required"]])
            self.assertEqual(optional.clean(empty), empty_value)

    # -- templates -----------------------------------------------------------------------------------------------

    def assertTemplateUsed(
        self, response: Any = None, template_name: str | None = None, msg_prefix: str = "", count: int | None = None
    ) -> Any:
        """Assert that a template was used to render a response; without a response, a context to render in.

        Args:
            response: of the test client.
            template_name: name of the template.
            msg_prefix: stands before the message of a failure.
            count: how often it must have been rendered.
        """
        watched, name, prefix = self._watched("assertTemplateUsed", response, template_name, msg_prefix)
        check = partial(self._check_used, name, prefix, count)
        if watched is None:
            return TemplateWatch(check)
        check(template_names(watched))
        return None

    def assertTemplateNotUsed(
        self, response: Any = None, template_name: str | None = None, msg_prefix: str = ""
    ) -> Any:
        """Assert that a template was not used; arguments as in `assertTemplateUsed`."""
        watched, name, prefix = self._watched("assertTemplateNotUsed", response, template_name, msg_prefix)
        check = partial(self._check_unused, name, prefix)
        if watched is None:
            return TemplateWatch(check)
        check(template_names(watched))
        return None

    def _watched(self, method: str, response: Any, name: str | None, msg_prefix: str) -> tuple[Any, str, str]:
        if response is None and name is None:
            raise TypeError("response and/or template_name argument must be provided")
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        if name is not None and response is not None and not hasattr(response, "templates"):
            raise ValueError(f"{method}() is only usable on responses fetched using the Django test Client.")
        if not hasattr(response, "templates") or response is None:
            return None, str(response if name is None else name), prefix
        return response.templates, str(name), prefix

    def _check_used(self, name: str, prefix: str, count: int | None, used: list[str]) -> None:
        if not used or not name:
            self.fail(f"{prefix}No templates used to render the response")
        self.assertTrue(
            name in used,
            f"{prefix}Template '{name}' was not a template used to render the response. "
            f"Actual template(s) used: {', '.join(used)}",
        )
        if count is not None:
            times = used.count(name)
            self.assertEqual(
                times,
                count,
                f"{prefix}Template '{name}' was expected to be rendered {count} time(s) "
                f"but was actually rendered {times} time(s).",
            )

    def _check_unused(self, name: str, prefix: str, used: list[str]) -> None:
        self.assertFalse(name in used, f"{prefix}Template '{name}' was used unexpectedly in rendering the response")

    # -- HTML, JSON, XML -----------------------------------------------------------------------------------------

    def assertHTMLEqual(self, html1: str, html2: str, msg: str | None = None) -> None:
        """Assert that two texts are the same HTML: white space, attribute order and comments make no difference."""
        dom1 = parsed_or_failed(self, html1, msg, "First argument is not valid HTML:")
        dom2 = parsed_or_failed(self, html2, msg, "Second argument is not valid HTML:")
        if dom1 != dom2:
            standard = f"{safe_repr(dom1, True)} != {safe_repr(dom2, True)}"
            difference = "\n".join(difflib.ndiff(str(dom1).splitlines(), str(dom2).splitlines()))
            self.fail(self._formatMessage(msg, f"{standard}\n{difference}"))

    def assertHTMLNotEqual(self, html1: str, html2: str, msg: str | None = None) -> None:
        """Assert that two texts are different HTML."""
        dom1 = parsed_or_failed(self, html1, msg, "First argument is not valid HTML:")
        dom2 = parsed_or_failed(self, html2, msg, "Second argument is not valid HTML:")
        if dom1 == dom2:
            self.fail(self._formatMessage(msg, f"{safe_repr(dom1, True)} == {safe_repr(dom2, True)}"))

    def assertInHTML(self, needle: str, haystack: str, count: int | None = None, msg_prefix: str = "") -> None:
        """Assert that HTML contains an element, compared as in `assertHTMLEqual`; `count` says how often."""
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        real_count = self._count_in_html(needle, haystack)
        shown = f"in the following response\n{haystack!r}"
        if count is not None:
            self.assertEqual(
                real_count, count, f"{prefix}Found {real_count} instances of '{needle}' (expected {count}) {shown}"
            )
        else:
            self.assertTrue(real_count != 0, f"{prefix}Couldn't find '{needle}' {shown}")

    def assertNotInHTML(self, needle: str, haystack: str, msg_prefix: str = "") -> None:
        """Assert that HTML does not contain an element."""
        prefix = f"{msg_prefix}: " if msg_prefix else ""
        self.assertEqual(
            self._count_in_html(needle, haystack),
            0,
            f"{prefix}'{needle}' unexpectedly found in the following response\n{haystack!r}",
        )

    def _count_in_html(self, needle: str, haystack: str) -> int:
        tree = parsed_or_failed(self, needle, None, "First argument is not valid HTML:")
        return parsed_or_failed(self, haystack, None, "Second argument is not valid HTML:").count(tree)

    def _both_sides(self, raw: Any, expected_data: Any) -> tuple[Any, Any]:
        try:
            data = json.loads(raw)
        except json.JSONDecodeError:
            self.fail(f"First argument is not valid JSON: {raw!r}")
        if isinstance(expected_data, str):
            try:
                expected_data = json.loads(expected_data)
            except ValueError:
                self.fail(f"Second argument is not valid JSON: {expected_data!r}")
        return data, expected_data

    def assertJSONEqual(self, raw: Any, expected_data: Any, msg: str | None = None) -> None:
        """Assert that a JSON text means the expected data, which may be a JSON text itself."""
        data, expected = self._both_sides(raw, expected_data)
        self.assertEqual(data, expected, msg=msg)

    def assertJSONNotEqual(self, raw: Any, expected_data: Any, msg: str | None = None) -> None:
        """Assert that a JSON text means something else."""
        data, expected = self._both_sides(raw, expected_data)
        self.assertNotEqual(data, expected, msg=msg)

    def _same_xml(self, xml1: str, xml2: str, msg: str | None) -> bool:
        try:
            return compare_xml(xml1, xml2)
        except Exception as error:  # expat's errors, whatever the parser found wrong
            self.fail(self._formatMessage(msg, f"First or second argument is not valid XML\n{error}"))

    def assertXMLEqual(self, xml1: str, xml2: str, msg: str | None = None) -> None:
        """Assert that two texts are the same XML; attribute order, comments and declarations make no difference."""
        if not self._same_xml(xml1, xml2, msg):
            standard = f"{safe_repr(xml1, True)} != {safe_repr(xml2, True)}"
            difference = "\n".join(difflib.ndiff(xml1.splitlines(), xml2.splitlines()))
            self.fail(self._formatMessage(msg, f"{standard}\n{difference}"))

    def assertXMLNotEqual(self, xml1: str, xml2: str, msg: str | None = None) -> None:
        """Assert that two texts are different XML."""
        if self._same_xml(xml1, xml2, msg):
            self.fail(self._formatMessage(msg, f"{safe_repr(xml1, True)} == {safe_repr(xml2, True)}"))


def parsed_or_failed(case: UnitTestCase, text: str, user_msg: str | None, msg: str) -> Element:
    """Parse HTML; where it is none, fail the test with the reason."""
    try:
        return parse_html(text)
    except HTMLParseError as error:
        case.fail(case._formatMessage(user_msg, f"{msg}\n{error}"))


def _normalized_url(url: Any) -> str:
    """Sort the parameters by name and write host names in ASCII, as browsers do."""
    parts = urlsplit(str(url))
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True), key=lambda pair: pair[0]))
    netloc = parts.netloc
    if netloc:
        domain, port = split_domain_port(netloc)
        netloc = f"{punycode(domain)}:{port}" if port else punycode(domain or netloc)
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))
