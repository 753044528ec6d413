"""`template`: see what becomes of a template, or compile all of them ahead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist, TemplateSyntaxError
from hotclub._template.nodes import flavour_for
from hotclub._template.stages import STAGES
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.template.backends.django import DjangoTemplates
from hotclub.template.checks import template_files
from hotclub.template.handler import engines


class Command(BaseCommand):
    """Print the stages of templates; with `--compile`, put the code of all templates into `code_dir`."""

    help = "Shows the tokens, nodes, generated Python and bytecode of templates, or compiles all templates ahead."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="*", help="Name of a template.")
        parser.add_argument(
            "--stage",
            choices=list(STAGES),
            action="append",
            help="What to show; may be repeated. Default: nodes, python.",
        )
        parser.add_argument("--engine", help="Name of the template engine; the first of our language by default.")
        parser.add_argument(
            "--compile",
            action="store_true",
            help="Load all templates of the project, so that their code is in code_dir.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["name"] and not options["compile"]:
            raise CommandError("Give the name of a template, or --compile.")
        backend = self._backend(options["engine"])
        for name in options["name"]:
            self._show(backend, name, options["stage"] or ["nodes", "python"])
        if options["compile"]:
            self._compile(backend)

    def _backend(self, name: str | None) -> DjangoTemplates:
        for backend in engines.all():
            if isinstance(backend, DjangoTemplates) and name in (None, backend.name):
                return backend
        raise CommandError(
            f"There is no engine {name!r} of our template language." if name else "No engine configured."
        )

    def _show(self, backend: DjangoTemplates, name: str, stages: list[str]) -> None:
        try:
            template = backend.engine.get_template(name)
        except (TemplateDoesNotExist, TemplateSyntaxError) as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error
        flavour = flavour_for(SimpleNamespace(autoescape=backend.engine.autoescape, template=template))
        for stage in stages:
            self.stdout.write(self.style.MIGRATE_HEADING(f"{name}: {stage}"))
            self.stdout.write(STAGES[stage](template, flavour))

    def _compile(self, backend: DjangoTemplates) -> None:
        if backend.engine.code_store is None:
            raise CommandError("The engine keeps no code: set the option 'code_dir' in TEMPLATES first.")
        done, failed = 0, 0
        for path, name in template_files(backend):
            try:
                backend.engine.get_template(name)
                done += 1
            except (TemplateDoesNotExist, TemplateSyntaxError) as error:
                failed += 1
                self.stderr.write(f"{path}: {error}")
        self.stdout.write(f"Compiled {done} templates into {backend.engine.code_dir}; {failed} failed.")
        if failed:
            raise CommandError("Some templates could not be compiled.")
