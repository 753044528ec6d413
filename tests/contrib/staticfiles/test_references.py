"""References of JavaScript modules to other files."""

import pytest

from hotclub.contrib.staticfiles.references import JS_IGNORED, JS_MODULE_PATTERNS, compile_patterns, replace_references

PATTERNS = compile_patterns([("*.js", JS_MODULE_PATTERNS)])["*.js"]


def replaced(content):
    return replace_references(content, PATTERNS, JS_IGNORED, lambda url, line: url.replace(".js", ".0123.js"))


@pytest.mark.parametrize(
    "statement",
    [
        'import a from "./m.js"',
        'import { a as b } from "./m.js"',
        'import {\n  a,\n  b\n} from "./m.js"',
        'import*as m from "./m.js"',
        'import"./m.js"',
        'import("./m.js")',
        'export * from "./m.js"',
        'export { a } from "./m.js"',
    ],
)
@pytest.mark.parametrize("end", [";", "", ";\n", "\n"])
def test_each_reference_is_replaced_once(statement, end):
    assert replaced(statement + end) == statement.replace("m.js", "m.0123.js") + end
    twice = f'{statement}{end}\nimport * as other from "./n.js";'
    assert replaced(twice) == twice.replace("m.js", "m.0123.js").replace("n.js", "n.0123.js")


@pytest.mark.parametrize(
    "content",
    [
        '/* import a from "./m.js"; */',
        '// import a from "./m.js";',
        """const text = 'import { a } from "./m.js";';""",
        'const text = `import { a } from "./m.js";`;',
        'import React from "react";',
    ],
)
def test_what_is_no_reference_stays(content):
    assert replaced(content) == content


def test_an_export_without_from_takes_no_other_statements_from():
    content = 'export { a };\nimport { b } from "./m.js";'
    assert replaced(content) == 'export { a };\nimport { b } from "./m.0123.js";'
