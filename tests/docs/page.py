"""Runs the examples of one page as its reader would, top to bottom: `python -m tests.docs.page PAGE`.

The page is a module of an application `docs`, so its models need no `app_label`. `await` works outside of functions.

- ```` ```python ````: executed.
- ```` ```pycon ````: a session; each answer must be the one that the page shows (`...` stands for anything).
- Words behind the language: `sqlite`, `postgresql`, `mariadb`: only there. `no-run (reason)`: shown only.
  `file=`: for the tests that walk through a project.
- `<!-- tables -->`, which a reader does not see: what `makemigrations` and `migrate` would have done to the models so far.
- `<!-- databases: sqlite postgresql -->`: where the page runs; on SQLite alone, if it does not say.
- `<!-- apps: hotclub.contrib.postgres -->`: further applications.
- `<!-- aliases: archive -->`: further databases, in memory. `<!-- router: NAME -->`: a class of the page that routes.
- `<!-- walk -->`: the page makes a project in files and at the command line; `walkthrough.py` follows it.

Environment:
    DOCS_DATABASE: name of the database.
    DOCS_DATABASES: the setting, as JSON.
"""

from __future__ import annotations

import ast
import asyncio
import contextvars
import doctest
import inspect
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

FENCE = re.compile(r"^```(?P<language>\w*)(?P<info>[^\n]*)\n(?P<body>.*?)^```$|^<!-- tables -->$", re.M | re.S)
DATABASE_NAMES = {"sqlite", "postgresql", "mariadb"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


class Block(NamedTuple):
    """A part of a page that does something, or a fenced text."""

    language: str
    info: str
    body: str
    line: int

    @property
    def words(self) -> set[str]:
        return set(self.info.split("(")[0].split())

    @property
    def runs(self) -> bool:
        return self.language in {"python", "pycon"} and "no-run" not in self.words and "file=" not in self.info

    def is_for(self, database: str) -> bool:
        named = self.words & DATABASE_NAMES
        return not named or database in named


def blocks(page: Path) -> Iterator[Block]:
    """Give the fenced blocks of a page and its marks for tables, in order."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["body"] is None:
            yield Block("tables", "", "", line)
        else:
            yield Block(match["language"], match["info"].strip(), match["body"], line)


def named(mark: str, page: Path) -> list[str]:
    """Return the words of a mark of the page."""
    found = re.search(rf"^<!-- {mark}: ([\w. ]+) -->$", page.read_text(encoding="utf-8"), re.M)
    return found[1].split() if found else []


def databases_of(page: Path) -> list[str]:
    """Name the databases on which a page runs."""
    return named("databases", page) or ["sqlite"]


def is_walked(page: Path) -> bool:
    """Whether the page makes a project, so that `walkthrough.py` follows it."""
    return page.parent.name == "tutorial" or "<!-- walk -->" in page.read_text(encoding="utf-8")


class Reader:
    """A reader in front of an interpreter with a project set up."""

    def __init__(self, page: Path, database: str) -> None:
        self.page = page
        self.database = database
        self.module = ModuleType("docs.models")
        self.module.__dict__.update(urlpatterns=[], __file__=str(page))
        sys.modules["docs.models"] = self.module
        self.loop = asyncio.Runner()

    def read(self) -> None:
        """Run everything that runs here.

        Raises:
            AssertionError: an answer is not the one of the page.
            Exception: what an example raised.
        """
        with self.loop:
            for block in blocks(self.page):
                if block.language == "tables":
                    self.make_tables()
                elif block.runs and block.is_for(self.database):
                    if block.language == "python":
                        self.execute(block.body, block.line, "exec")
                    else:
                        self.talk(block)
        from hotclub.db import connections

        connections.close_all()

    def execute(self, source: str, line: int, mode: str) -> None:
        """Run source that begins below a line of the page; a coroutine is awaited."""
        tree: Any = ast.parse(source, str(self.page), mode)
        ast.increment_lineno(tree, line)
        code = compile(tree, str(self.page), mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        value = eval(code, self.module.__dict__)
        if code.co_flags & inspect.CO_COROUTINE:
            self.loop.run(value, context=contextvars.copy_context())

    def talk(self, block: Block) -> None:
        """Hold the session of a block and compare its answers."""
        for example in doctest.DocTestParser().get_examples(block.body):
            line = block.line + example.lineno
            said, raised = self.ask(example.source, line)
            if example.exc_msg is None:
                if raised:
                    raise AssertionError(f"line {line + 1}: {example.source}raised {raised}") from raised
                right = doctest.OutputChecker().check_output(example.want, said, FLAGS)
                assert right, f"line {line + 1}: {example.source}gave:\n{said}instead of:\n{example.want}"
            else:
                assert raised, f"line {line + 1}: {example.source}did not raise {example.exc_msg}"
                wanted_name, _, wanted = example.exc_msg.partition(":")
                assert wanted_name.strip().rpartition(".")[2] == type(raised).__name__, f"line {line + 1}: {raised!r}"
                right = doctest.OutputChecker().check_output(wanted.strip(), str(raised).strip(), FLAGS)
                assert right, f"line {line + 1}: {example.source}raised:\n{raised}\ninstead of:\n{wanted}"

    def ask(self, source: str, line: int) -> tuple[str, Exception | None]:
        from contextlib import redirect_stdout
        from io import StringIO

        said = StringIO()
        try:
            with redirect_stdout(said):
                self.execute(source, line, "single")
        except Exception as error:  # the reader sees it, whatever it is
            return said.getvalue(), error
        return said.getvalue(), None

    def make_tables(self) -> None:
        """Make the tables of models that have none yet, each after those it refers to."""
        from hotclub.apps import apps
        from hotclub.db import connections, router

        for alias in connections:
            connection = connections[alias]
            there = set(connection.introspection.table_names())
            missing = [
                model
                for model in apps.get_app_config("docs").get_models()
                if model._meta.managed
                and not model._meta.proxy
                and model._meta.db_table not in there
                and router.allow_migrate_model(alias, model)
            ]
            with connection.schema_editor() as editor:
                for model in missing:
                    editor.create_model(model)


def main(page: Path) -> None:
    """Set a project up and read a page in it."""
    import hotclub
    from hotclub.conf import settings

    name = os.environ.get("DOCS_DATABASE", "sqlite")
    database = {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}
    given = os.environ.get("DOCS_DATABASES")
    databases = json.loads(given) if given else {"default": database}
    databases |= {alias: dict(database) for alias in named("aliases", page)}
    Path("docs").mkdir(exist_ok=True)
    Path("docs/__init__.py").touch()
    sys.path.insert(0, os.getcwd())
    contrib = "hotclub.contrib."
    settings.configure(
        SECRET_KEY="documentation",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="docs.models",
        USE_TZ=True,
        TIME_ZONE="UTC",
        STATIC_URL="static/",
        MEDIA_ROOT=os.getcwd(),
        INSTALLED_APPS=[
            contrib + "contenttypes",
            contrib + "auth",
            contrib + "sessions",
            contrib + "messages",
            *named("apps", page),
            "docs",
        ],
        DATABASES=databases,
        DATABASE_ROUTERS=[f"docs.models.{router}" for router in named("router", page)],
        TEMPLATES=[{"BACKEND": "hotclub.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        EMAIL_BACKEND="hotclub.core.mail.backends.locmem.EmailBackend",
    )
    hotclub.setup()
    Reader(page, name).read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
