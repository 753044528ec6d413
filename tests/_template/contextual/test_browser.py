"""A page with hostile values in every place, opened by a real browser: no script of a value runs.

The same page with the documented escaping only shows that the values are hostile and that a hit is noticed.
"""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path

import pytest

from hotclub.template import Context, Engine

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=3000",
    "--dump-dom",
]

HIT = "top.document.documentElement.dataset.hit={}"
"""What a value would like to do; without quotes, which the documented escaping takes care of."""

PAYLOADS = [
    "<script>{}</script>",
    "</script><script>{}</script>",
    '<img src=x onerror="{}">',
    '"><img src=x onerror="{}">',
    "' onfocus=\"{}\" autofocus x='",
    "x onfocus={} autofocus",
    "x/onmouseover={}",
    "javascript:{}",
    "\tjava\nscript:{}",
    "';{};//",
    '";{};//',
    "`;{};//",
    "${{{}}}",
    "*/{};/*",
    "\n{};//",
    "\u2028{};//",
    "{}",
    "1);{};(1",
    "</style><script>{}</script>",
    "--><script>{}</script>",
    "</textarea><script>{}</script>",
    '<svg onload="{}">',
]

PLACES = [
    "<p>{{ v }}</p>",
    '<p title="{{ v }}">a</p>',
    "<p title='{{ v }}'>a</p>",
    "<input title={{ v }}>",
    '<a class="go" href="{{ v }}">a</a>',
    "<a class=go href={{ v }}>a</a>",
    '<iframe src="{{ v }}"></iframe>',
    '<iframe srcdoc="{{ v }}"></iframe>',
    "<script>var a = {{ v }};</script>",
    "<script>var b = '{{ v }}';</script>",
    '<script>var c = "{{ v }}";</script>',
    "<script>var d = `x{{ v }}`;</script>",
    "<script>var e = `${ {{ v }} }`;</script>",
    "<script>/* {{ v }} */ // {{ v }}\nvar f;</script>",
    "<script>var g = /a{{ v }}/;</script>",
    '<b class="go" onclick="h({{ v }})">b</b>',
    '<b class="go" onclick="h(\'{{ v }}\')">b</b>',
    "<b class=go onclick=h({{ v }})>b</b>",
    "<style>p { color: {{ v }} }</style>",
    "<style>p { content: '{{ v }}' }</style>",
    '<p style="background: url({{ v }})">c</p>',
    "<{{ v }}>d",
    "<em {{ v }}>d</em>",
    "<!-- {{ v }} -->",
    "<textarea>{{ v }}</textarea>",
    '<object data="{{ v }}"></object>',
    '<form action="{{ v }}"><button class="go" formaction="{{ v }}">e</button></form>',
]

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>page</title></head><body><script>function h() {{}}</script>
{body}
<script>
// What leads away from the page is not followed; what would run is.
document.addEventListener("click", function (event) {{
  const target = event.target, address = target.formAction || target.href || "";
  if (address && !address.startsWith("javascript:")) event.preventDefault();
}});
document.querySelectorAll(".go").forEach(function (element) {{ try {{ element.click(); }} catch (error) {{}} }});
document.documentElement.setAttribute("data-end", "1");
</script></body></html>"""


def opened(directory: Path, escaping: str, place: str, payloads: list[str]) -> str:
    """Return the DOM of a page with each payload in a place, as it is after its scripts ran."""
    engine = Engine(escaping=escaping)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        template = engine.from_string(place)
    parts = [
        template.render(Context({"v": payload.format(HIT.format(number))})) for number, payload in enumerate(payloads)
    ]
    page = directory / "page.html"
    page.write_text(PAGE.format(body="\n".join(parts)), encoding="utf-8")
    assert BROWSER is not None
    command = [BROWSER, *FLAGS, f"--user-data-dir={directory / 'profile'}", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_no_script_of_a_value_runs(tmp_path: Path) -> None:
    dom = opened(tmp_path, "contextual", "\n".join(PLACES), PAYLOADS)
    assert "data-hit" not in dom.partition(">")[0] + dom.partition("<html")[2].partition(">")[0]
    assert 'data-end="1"' in dom


@pytest.mark.parametrize("place", ['<a class="go" href="{{ v }}">a</a>', "<script>var a = {{ v }};</script>"])
def test_with_the_documented_escaping_some_do(tmp_path: Path, place: str) -> None:
    dom = opened(tmp_path, "html", place, PAYLOADS)
    assert "data-hit" in dom.partition("<html")[2].partition(">")[0]
