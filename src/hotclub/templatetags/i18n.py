"""Tags and filters for translations."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from typing import Any

from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.expression import FilterExpression, Variable, token_kwargs
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, NodeList
from hotclub._template.output import render_value_in_context
from hotclub._template.tags.values import StoredNode, stored_name
from hotclub._template.tokens import Token, TokenType
from hotclub.conf import settings
from hotclub.utils import translation
from hotclub.utils.safestring import SafeData, SafeString, mark_safe

register = Library()


class TranslateNode(AnnotatedNode):
    """Shows the translation of a text."""

    child_nodelists = ()

    def __init__(
        self,
        filter_expression: FilterExpression,
        noop: bool,
        asvar: str | None = None,
        message_context: FilterExpression | None = None,
    ) -> None:
        self.noop = noop
        self.asvar = asvar
        self.message_context = message_context
        self.filter_expression = filter_expression
        if not filter_expression.is_var:
            # A constant becomes a variable with that literal, which knows how to translate itself.
            literal = Variable('""')
            literal.literal = filter_expression.var
            filter_expression.var, filter_expression.is_var = literal, True
        filter_expression.var.translate = not noop

    def render(self, context: Any) -> Any:
        expression = self.filter_expression
        if self.message_context:
            expression = copy(expression)
            expression.var = copy(expression.var)
            expression.var.message_context = self.message_context.resolve(context)
        value = render_value_in_context(expression.resolve(context), context)
        # Messages of a catalogue have their percent signs doubled.
        text = value.replace("%%", "%")
        if isinstance(value, SafeData):
            text = mark_safe(text)
        if self.asvar:
            context[self.asvar] = text
            return ""
        return text


def trim_whitespace(text: str) -> str:
    """Join the stripped lines of a text by spaces, as catalogues hold a trimmed message."""
    return " ".join(stripped for line in text.split("\n") if (stripped := line.strip()))


class BlockTranslateNode(AnnotatedNode):
    """Shows the translation of a text with holes."""

    child_nodelists = ()

    def __init__(
        self,
        extra_context: dict[str, FilterExpression],
        singular: list[Token],
        plural: list[Token] | None = None,
        countervar: str | None = None,
        counter: FilterExpression | None = None,
        message_context: FilterExpression | None = None,
        trimmed: bool = False,
        asvar: str | None = None,
        tag_name: str = "blocktranslate",
    ) -> None:
        self.extra_context = extra_context
        self.singular = singular
        self.plural = plural
        self.countervar = countervar
        self.counter = counter
        self.message_context = message_context
        self.trimmed = trimmed
        self.asvar = asvar
        self.tag_name = tag_name

    def __repr__(self) -> str:
        return (
            f"<{self.__class__.__qualname__}: extra_context={self.extra_context!r} singular={self.singular!r} "
            f"plural={self.plural!r}>"
        )

    def message_of(self, tokens: list[Token]) -> tuple[str, list[str]]:
        """Return the message for some tokens, with `%(name)s` holes, and the names."""
        parts: list[str] = []
        names: list[str] = []
        for token in tokens:
            if token.token_type is TokenType.TEXT:
                parts.append(token.contents.replace("%", "%%"))
            elif token.token_type is TokenType.VAR:
                parts.append(f"%({token.contents})s")
                names.append(token.contents)
        message = "".join(parts)
        return (trim_whitespace(message) if self.trimmed else message), names

    def render(self, context: Any, nested: bool = False) -> Any:
        message_context = self.message_context.resolve(context) if self.message_context else None
        # Values are resolved before any of the names is bound.
        with context.push({name: expression.resolve(context) for name, expression in self.extra_context.items()}):
            message, names = self._message(context, message_context)
            values = {name: self._shown(name, context) for name in names}
        try:
            text = message % values
        except (KeyError, ValueError):
            if nested:
                # The template itself is wrong, not a catalogue.
                raise TemplateSyntaxError(
                    f"{self.tag_name!r} is unable to format string returned by gettext: {message!r} using {values!r}"
                )
            with translation.override(None):
                return self.render(context, nested=True)
        if self.asvar:
            context[self.asvar] = SafeString(text)
            return ""
        return text

    def _message(self, context: Any, message_context: str | None) -> tuple[str, list[str]]:
        """Return the translated message and the names of its holes."""
        singular, names = self.message_of(self.singular)
        if self.plural and self.countervar and self.counter:
            count = self.counter.resolve(context)
            if not isinstance(count, (Decimal, float, int)):
                raise TemplateSyntaxError(f"{self.countervar!r} argument to {self.tag_name!r} tag must be a number.")
            context[self.countervar] = count
            plural, plural_names = self.message_of(self.plural)
            names += plural_names
            if message_context:
                return translation.npgettext(message_context, singular, plural, count), names  # type: ignore[arg-type]  # a float counts too
            return translation.ngettext(singular, plural, count), names  # type: ignore[arg-type]  # a float counts too
        if message_context:
            return translation.pgettext(message_context, singular), names
        return translation.gettext(singular), names

    def _shown(self, name: str, context: Any) -> str:
        if name in context:
            value = context[name]
        else:
            value = context.template.engine.string_if_invalid
            if "%s" in value:
                value = value % name
        return render_value_in_context(value, context)


class LanguageNode(AnnotatedNode):
    """Sets the language for its body."""

    def __init__(self, nodelist: NodeList, language: FilterExpression) -> None:
        self.nodelist = nodelist
        self.language = language

    def render(self, context: Any) -> Any:
        with translation.override(self.language.resolve(context)):
            return self.nodelist.render(context)


@register.tag("get_available_languages")
def available_languages_tag(parser: Any, token: Any) -> StoredNode:
    """Store the configured languages, their names translated: `{% get_available_languages as languages %}`."""
    return StoredNode(
        stored_name(token), lambda context: [(code, translation.gettext(name)) for code, name in settings.LANGUAGES]
    )


def _for_and_name(token: Any, what: str) -> tuple[str, str]:
    words = token.split_contents()
    if len(words) != 5 or words[1] != "for" or words[3] != "as":
        raise TemplateSyntaxError(f"'{words[0]}' requires 'for {what} as variable' (got {words[1:]!r})")
    return words[2], words[4]


@register.tag("get_language_info")
def language_info_tag(parser: Any, token: Any) -> StoredNode:
    """Store what is known about a language: `{% get_language_info for "de" as info %}`."""
    source, name = _for_and_name(token, "string")
    code = parser.compile_filter(source)
    return StoredNode(name, lambda context: translation.get_language_info(code.resolve(context)))


@register.tag("get_language_info_list")
def language_info_list_tag(parser: Any, token: Any) -> StoredNode:
    """Store what is known about languages: `{% get_language_info_list for codes as infos %}`.

    Each item is a code, or a pair as in the LANGUAGES setting.
    """
    source, name = _for_and_name(token, "sequence")
    languages = parser.compile_filter(source)

    def infos(context: Any) -> list[Any]:
        return [
            translation.get_language_info(item if isinstance(item, str) else item[0])
            for item in languages.resolve(context)
        ]

    return StoredNode(name, infos)


@register.filter
def language_name(lang_code: str) -> str:
    """Return the name of a language, in English."""
    return str(translation.get_language_info(lang_code)["name"])


@register.filter
def language_name_translated(lang_code: str) -> str:
    """Return the name of a language, in the current one."""
    return translation.gettext(translation.get_language_info(lang_code)["name"])


@register.filter
def language_name_local(lang_code: str) -> str:
    """Return the name of a language, in itself."""
    return str(translation.get_language_info(lang_code)["name_local"])


@register.filter
def language_bidi(lang_code: str) -> bool:
    """Whether a language is written from right to left."""
    return bool(translation.get_language_info(lang_code)["bidi"])


@register.tag("get_current_language")
def current_language_tag(parser: Any, token: Any) -> StoredNode:
    """Store the code of the current language: `{% get_current_language as code %}`."""
    return StoredNode(stored_name(token), lambda context: translation.get_language())


@register.tag("get_current_language_bidi")
def current_language_bidi_tag(parser: Any, token: Any) -> StoredNode:
    """Store whether the current language is written from right to left: `{% get_current_language_bidi as bidi %}`."""
    return StoredNode(stored_name(token), lambda context: translation.get_language_bidi())


def _take_value(remaining: list[str], tag: str, option: str) -> str:
    if not remaining:
        raise TemplateSyntaxError(f"No argument provided to the '{tag}' tag for the {option} option.")
    return remaining.pop(0)


@register.tag("translate")
@register.tag("trans")
def translate_tag(parser: Any, token: Any) -> TranslateNode:
    """Show a translated text: `{% translate "text" context "verb" as name %}`, or with `noop` the text itself."""
    bits = token.split_contents()
    if len(bits) < 2:
        raise TemplateSyntaxError(f"'{bits[0]}' takes at least one argument")
    expression = parser.compile_filter(bits[1])
    remaining = bits[2:]
    seen: set[str] = set()
    noop = False
    asvar = None
    message_context = None
    while remaining:
        option = remaining.pop(0)
        if option in seen:
            raise TemplateSyntaxError(f"The '{option}' option was specified more than once.")
        if option == "noop":
            noop = True
        elif option == "context":
            value = _take_value(remaining, bits[0], "context")
            if value in ("as", "noop"):
                raise TemplateSyntaxError(
                    f"Invalid argument '{value}' provided to the '{bits[0]}' tag for the context option"
                )
            message_context = parser.compile_filter(value)
        elif option == "as":
            asvar = _take_value(remaining, bits[0], "as")
        else:
            raise TemplateSyntaxError(
                f"Unknown argument for '{bits[0]}' tag: '{option}'. The only options available are 'noop', 'context' "
                "\"xxx\", and 'as VAR'."
            )
        seen.add(option)
    return TranslateNode(expression, noop, asvar, message_context)


def _block_options(parser: Any, bits: list[str]) -> dict[str, Any]:
    """Parse the options of `blocktranslate`."""
    options: dict[str, Any] = {}
    remaining = bits[1:]
    while remaining:
        option = remaining.pop(0)
        if option in options:
            raise TemplateSyntaxError(f"The {option!r} option was specified more than once.")
        value: Any
        if option == "with":
            value = token_kwargs(remaining, parser, support_legacy=True)
            if not value:
                raise TemplateSyntaxError(f'"with" in {bits[0]!r} tag needs at least one keyword argument.')
        elif option == "count":
            value = token_kwargs(remaining, parser, support_legacy=True)
            if len(value) != 1:
                raise TemplateSyntaxError(f'"count" in {bits[0]!r} tag expected exactly one keyword argument.')
        elif option == "context":
            if not remaining:
                raise TemplateSyntaxError(f'"context" in {bits[0]!r} tag expected exactly one argument.')
            value = parser.compile_filter(remaining.pop(0))
        elif option == "trimmed":
            value = True
        elif option == "asvar":
            value = _take_value(remaining, bits[0], "asvar")
        else:
            raise TemplateSyntaxError(f"Unknown argument for {bits[0]!r} tag: {option!r}.")
        options[option] = value
    return options


def _message_tokens(parser: Any) -> tuple[list[Token], Any]:
    """Take texts and variables up to the next tag; returns them and that tag."""
    tokens: list[Token] = []
    while parser.tokens:
        token = parser.next_token()
        if token.token_type not in (TokenType.VAR, TokenType.TEXT):
            return tokens, token
        tokens.append(token)
    return tokens, None


@register.tag("blocktranslate")
@register.tag("blocktrans")
def blocktranslate_tag(parser: Any, token: Any) -> BlockTranslateNode:
    """Show a translated text with holes.

    `{% blocktranslate count n=items|length with a=b trimmed %}One{% plural %}{{ n }} {{ a }}{% endblocktranslate %}`
    """
    bits = token.split_contents()
    options = _block_options(parser, bits)
    countervar, counter = next(iter(options["count"].items())) if "count" in options else (None, None)
    end_tag = f"end{bits[0]}"
    singular, last = _message_tokens(parser)
    plural: list[Token] | None = None
    if countervar and counter:
        if last is None or last.contents.strip() != "plural":
            raise TemplateSyntaxError(f"{bits[0]!r} doesn't allow other block tags inside it")
        plural, last = _message_tokens(parser)
    contents = "" if last is None else last.contents.strip()
    if contents != end_tag:
        raise TemplateSyntaxError(f"{bits[0]!r} doesn't allow other block tags (seen {contents!r}) inside it")
    return BlockTranslateNode(
        options.get("with", {}),
        singular,
        plural,
        countervar,
        counter,
        options.get("context"),
        trimmed=options.get("trimmed", False),
        asvar=options.get("asvar"),
        tag_name=bits[0],
    )


@register.tag
def language(parser: Any, token: Any) -> LanguageNode:
    """Set the language: `{% language "de" %}…{% endlanguage %}`."""
    words = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError(f"'{words[0]}' takes one argument (language)")
    expression = parser.compile_filter(words[1])
    nodelist = parser.parse(("endlanguage",))
    parser.delete_first_token()
    return LanguageNode(nodelist, expression)
