"""Escaping that knows where in the HTML a value stands: text, attribute, URL, script, style.

::

    literal text ─ states.py, scripts.py ─► state at each {{ }} ─ analysis.py ─► node with its escaper (escapers.py)

Rules:
    1. All of it happens once, when a template is parsed; a rendering pays for the escaper of each value only.
    2. The state is a value. Branches must end in the same one; where they do not, the state is `UNKNOWN` until the end of the
       template, where only letters, digits and a few signs pass.
    3. A value never changes the state: what an escaper gives cannot leave the place it was written for.
    4. A safe text was made to stand between tags. In an attribute its quotes are escaped; elsewhere it is text like any other.
       A template trusts a value for its place with an explicit `|safe`, and the analysis tells of it.

Prior art: Go's html/template, and "Context-sensitive auto-sanitization" (Samuel, Saxena, Song 2011). Source: WHATWG HTML 13.2.5
(tokenization), ECMA-262 12 (lexical grammar), CSS Syntax Level 3.
"""
