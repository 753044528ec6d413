"""Templates as Python code that `xgettext` understands, for `makemessages`.

What is to be translated becomes a call of gettext, at its place; everything else becomes X, so that line numbers stay.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

from hotclub.utils.module_loading import import_string
from hotclub.utils.regex_helper import lazy_pattern

TRANSLATOR_COMMENT_MARK = "Translators"
_QUOTED = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_single_re = lazy_pattern(r"^\s*trans(?:late)?\s+" + _QUOTED + r"(?:\s*\|[^\s]*)*\s*(?P<rest>.*)$", re.DOTALL)
_context_re = lazy_pattern(r"\bcontext\s+" + _QUOTED)
_block_re = lazy_pattern(r"^\s*blocktrans(?:late)?(?:\s|$)")
_end_re = lazy_pattern(r"^\s*endblocktrans(?:late)?\s*$")
_plural_re = lazy_pattern(r"^\s*plural\s*$")
_constant_re = lazy_pattern(r"_\(" + _QUOTED + r"\)")


def templatize(src: str, origin: str | None = None) -> str:
    """Return a template as code for `xgettext`.

    Args:
        src: the template.
        origin: its name, for messages.

    Raises:
        SyntaxError: another tag stands in a block for translation.
    """
    # The lexer lies in the layer of templates; it is asked for only when messages are collected.
    lexer = import_string("hotclub.template.base.Lexer")
    return "".join(_pieces(list(lexer(src).tokenize()), origin))


def _kinds() -> Any:
    return import_string("hotclub.template.base.TokenType")


def _pieces(tokens: list[Any], origin: str | None) -> Iterator[str]:
    position = 0
    in_comment = False
    while position < len(tokens):
        token = tokens[position]
        position += 1
        contents = token.contents
        if token.token_type == _kinds().BLOCK:
            if in_comment:
                # Nothing in place of the tag: a comment counts for the line right below it only.
                in_comment = contents.strip() != "endcomment"
            elif contents.split()[:1] == ["comment"]:
                in_comment = True
            elif _block_re.match(contents):
                end = next(
                    (
                        index
                        for index in range(position, len(tokens))
                        if tokens[index].token_type == _kinds().BLOCK and _end_re.match(tokens[index].contents)
                    ),
                    len(tokens),
                )
                yield _block(token, tokens[position:end], origin)
                position = end + 1
            else:
                yield _single(contents)
        elif token.token_type == _kinds().VAR and not in_comment:
            yield "".join(f" _({text}) " for text in _constant_re.findall(contents))
        elif token.token_type == _kinds().COMMENT:
            if not in_comment and _is_for_translators(token) and _ends_line(tokens, position, origin):
                yield f" # {contents} "
        elif in_comment and TRANSLATOR_COMMENT_MARK in contents:
            yield "\n".join(f"# {line.strip()}" if line.strip() else "" for line in contents.split("\n"))
        else:
            yield _blank(contents)


def _is_for_translators(token: Any) -> bool:
    return bool(token.contents.startswith(TRANSLATOR_COMMENT_MARK))


def _ends_line(tokens: list[Any], position: int, origin: str | None) -> bool:
    """Say whether nothing but comments for translators follows a comment on its line; warn if a tag or text does."""
    for index in range(position, len(tokens)):
        token = tokens[index]
        if token.token_type == _kinds().TEXT:
            line, line_end, _ = token.contents.partition("\n")
            if not line.strip():
                if line_end:
                    return True
                continue
        elif token.token_type == _kinds().COMMENT:
            if _is_for_translators(token):
                continue
            # Only what stands next is worth a warning: a remark in between shows that this one is not meant.
            return all(other.token_type == _kinds().COMMENT for other in tokens[index:])
        where = f"(file {origin}, line {token.lineno})" if origin else f"(line {token.lineno})"
        warnings.warn(
            f"The translator-targeted comment '{tokens[position - 1].contents}' {where} was ignored, because it wasn't "
            "the last item on the line.",
            import_string("hotclub.utils.translation.TranslatorCommentWarning"),
            stacklevel=2,
        )
        return False
    return True


def _quoted(text: str) -> str:
    """Return a text as a literal that `xgettext` reads to the letter."""
    for char, escaped in (("\\", r"\\"), ('"', r"\""), ("\n", r"\n"), ("\r", r"\r")):
        text = text.replace(char, escaped)
    return f'"{text}"'


def _blank(text: str) -> str:
    """Return X for every character but line ends."""
    return re.sub(r"[^\n]", "X", text)


def _single(contents: str) -> str:
    calls = "".join(f" _({text}) " for text in _constant_re.findall(contents))
    if match := _single_re.match(contents):
        context = _context_re.search(match["rest"])
        calls += f" pgettext({context[1]}, {match[1]}) " if context else f" gettext({match[1]}) "
    return calls or _blank(contents)


def _block(opening: Any, inside: list[Any], origin: str | None) -> str:
    forms: list[str] = [""]
    for token in inside:
        if token.token_type == _kinds().BLOCK:
            if not _plural_re.match(token.contents):
                where = f"file {origin}, " if origin else ""
                raise SyntaxError(
                    f"Translation blocks must not include other block tags: {token.contents} ({where}line {token.lineno})"
                )
            forms.append("")
        elif token.token_type == _kinds().VAR:
            forms[-1] += f"%({token.contents})s"
        elif token.token_type == _kinds().TEXT:
            forms[-1] += token.contents.replace("%", "%%")
    trimmed = "trimmed" in opening.contents.split()
    texts = [_quoted(_trim(form) if trimmed else form) for form in forms]
    constants = "".join(f" _({text}) " for text in _constant_re.findall(opening.contents))
    context = _context_re.search(opening.contents)
    arguments = [context[1]] if context else []
    if len(texts) > 1:
        call = f"{'np' if context else 'n'}gettext({', '.join([*arguments, *texts[:2]])}, count)"
    else:
        call = f"{'p' if context else ''}gettext({', '.join([*arguments, *texts])})"
    # As many lines as the block has, so that places stay right.
    lines: int = sum(token.contents.count("\n") for token in inside)
    return f" {constants}{call} " + "\n" * lines


def _trim(text: str) -> str:
    return " ".join(line.strip() for line in text.split("\n") if line.strip())
