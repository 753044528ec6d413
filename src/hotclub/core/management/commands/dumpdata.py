"""`dumpdata`: write the objects of a database as a fixture."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

from hotclub.apps import apps
from hotclub.core import serializers
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.fixtures import writers
from hotclub.core.management.utils import parse_apps_and_model_labels
from hotclub.db import DEFAULT_DB_ALIAS, connections, router

ChosenModels = dict[Any, list[Any] | None]
"""App → models; None for all of them."""


class ProxyModelWarning(Warning):
    """A proxy model is asked for without the model it stands for, which has the data."""


class Command(BaseCommand):
    """Write all objects, or those of some apps and models."""

    help = "Output the contents of the database as a fixture of the given format (using each model's default manager unless --all is specified)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "args",
            metavar="app_label[.ModelName]",
            nargs="*",
            help="Restricts dumped data to the specified app_label or app_label.ModelName.",
        )
        parser.add_argument("--format", default="json", help="Specifies the output serialization format for fixtures.")
        parser.add_argument("--indent", type=int, help="Specifies the indent level to use when pretty-printing output.")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a specific database to dump fixtures from. Defaults to the "default" database.',
        )
        parser.add_argument(
            "-e",
            "--exclude",
            action="append",
            default=[],
            help="An app_label or app_label.ModelName to exclude (use multiple --exclude to exclude multiple apps/models).",
        )
        parser.add_argument(
            "--natural-foreign",
            action="store_true",
            dest="use_natural_foreign_keys",
            help="Use natural foreign keys if they are available.",
        )
        parser.add_argument(
            "--natural-primary",
            action="store_true",
            dest="use_natural_primary_keys",
            help="Use natural primary keys if they are available.",
        )
        parser.add_argument(
            "-a",
            "--all",
            action="store_true",
            dest="use_base_manager",
            help="Use Hotclub's base manager to dump all models stored in the database, including those that would otherwise be filtered or modified by a custom manager.",
        )
        parser.add_argument(
            "--pks",
            dest="primary_keys",
            help="Only dump objects with given primary keys. Accepts a comma-separated list of keys. This option only works when you specify one model.",
        )
        parser.add_argument("-o", "--output", help="Specifies file to which the output is written.")

    def handle(self, *app_labels: str, **options: Any) -> None:
        format = options["format"]
        self.using = options["database"]
        self.use_base_manager = options["use_base_manager"]
        self.excluded_models, excluded_apps = parse_apps_and_model_labels(options["exclude"])
        self.primary_keys = (
            [key.strip() for key in options["primary_keys"].split(",")] if options["primary_keys"] else []
        )
        if self.primary_keys and (len(app_labels) != 1 or "." not in app_labels[0]):
            raise CommandError("You can only use --pks option with one model")
        chosen = self._chosen(app_labels, excluded_apps)
        self._check_format(format)
        natural = options["use_natural_foreign_keys"]
        models = self._models(chosen)
        output = options["output"]
        progress_output, count = None, 0
        # A bar over the data itself would only disturb.
        if output and self.stdout.isatty() and options["verbosity"] > 0:
            progress_output = self.stdout
            count = sum(self._queryset(model).count() for model in models)
        stream = self._open(output) if output else None
        self.stdout.ending = ""
        try:
            serializers.serialize(
                format,
                self._objects(models),
                indent=options["indent"],
                use_natural_foreign_keys=natural,
                use_natural_primary_keys=options["use_natural_primary_keys"],
                stream=stream or self.stdout,
                progress_output=progress_output,
                object_count=count,
            )
        except Exception as error:
            if options["traceback"]:
                raise
            raise CommandError(f"Unable to serialize database: {error}") from error
        finally:
            if stream:
                stream.close()

    def _chosen(self, labels: tuple[str, ...], excluded_apps: set[Any]) -> ChosenModels:
        """Return the models that labels name; all, without labels."""
        if not labels:
            return {
                config: None
                for config in apps.get_app_configs()
                if config.models_module is not None and config not in excluded_apps
            }
        chosen: ChosenModels = {}
        for label in labels:
            app_label, _dot, model_label = label.partition(".")
            try:
                config = apps.get_app_config(app_label)
            except LookupError as error:
                raise CommandError(str(error)) from error
            if config.models_module is None or config in excluded_apps:
                continue
            if not model_label:
                chosen[config] = None
                continue
            try:
                model = config.get_model(model_label)
            except LookupError:
                raise CommandError(f"Unknown model: {app_label}.{model_label}") from None
            models = chosen.setdefault(config, [])
            # The whole app may have been asked for already.
            if models is not None and model not in models:
                models.append(model)
        return chosen

    @staticmethod
    def _check_format(format: str) -> None:
        if format in serializers.get_public_serializer_formats():
            return
        raise CommandError(f"Unknown serialization format: {format}")

    def _models(self, chosen: ChosenModels) -> list[Any]:
        """Return the models that have data of their own here, in an order that natural keys can be read in."""
        ordered = serializers.sort_dependencies(list(chosen.items()), allow_cycles=True)
        models = []
        for model in ordered:
            if model in self.excluded_models:
                continue
            if model._meta.proxy and model._meta.proxy_for_model not in ordered:
                warnings.warn(
                    f"{model._meta.label} is a proxy model and won't be serialized.", ProxyModelWarning, stacklevel=2
                )
            if not model._meta.proxy and router.allow_migrate_model(self.using, model):
                models.append(model)
        return models

    def _queryset(self, model: Any) -> Any:
        manager = model._base_manager if self.use_base_manager else model._default_manager
        queryset = manager.using(self.using).order_by(model._meta.pk.name)
        return queryset.filter(pk__in=self.primary_keys) if self.primary_keys else queryset

    def _objects(self, models: list[Any]) -> Iterator[Any]:
        for model in models:
            # The size matters to managers that prefetch.
            yield from self._queryset(model).iterator(chunk_size=2000)

    @staticmethod
    def _open(output: str) -> Any:
        """Open the output file; its ending says how it is compressed."""
        root, ending = os.path.splitext(output)
        compressed = writers()
        kind = ending.removeprefix(".")
        if kind in compressed:
            return compressed[kind](output, "wt")
        if kind in {"gz", "bz2", "lzma", "xz", "zip"}:
            warnings.warn(
                f"Unsupported file extension ({ending}). Fixtures saved in '{os.path.basename(root)}'.",
                RuntimeWarning,
                stacklevel=2,
            )
            return open(root, "w")
        return open(output, "w")
