"""`TemplateCommand`: making a directory from a template of one; what `startproject` and `startapp` share."""

from __future__ import annotations

import argparse
import mimetypes
import os
import posixpath
import shutil
import stat
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any
from urllib.request import Request, build_opener

import hotclub
from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.utils import find_formatters, handle_extensions, run_formatters
from hotclub.template import Context, Engine
from hotclub.utils import archive as archives
from hotclub.utils._os import safe_join
from hotclub.utils.version import get_docs_version

URL_SCHEMES = ("http", "https", "ftp")
ALWAYS_EXCLUDED = frozenset({".git", "__pycache__"})
MAX_TEMPLATE_BYTES = 200 * 1024 * 1024
"""An archive that unpacks to more is not one of a template."""
RENAMED_SUFFIX = "-tpl"
"""Template files end in `.py-tpl`, so that installing the package does not compile them."""


class TemplateCommand(BaseCommand):
    """Copies a directory tree, with names and texts rendered as templates.

    The tree is a directory, an archive, or the URL of an archive; files with the chosen extensions are rendered.
    """

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Name of the application or project.")
        parser.add_argument(
            "directory", nargs="?", help="Optional destination directory, this will be created if needed."
        )
        parser.add_argument("--template", help="The path or URL to load the template from.")
        parser.add_argument(
            "--extension",
            "-e",
            dest="extensions",
            action="append",
            default=["py"],
            help='The file extension(s) to render (default: "py"). Separate multiple extensions with commas, or use -e '
            "multiple times.",
        )
        parser.add_argument(
            "--name",
            "-n",
            dest="files",
            action="append",
            default=[],
            help="The file name(s) to render. Separate multiple file names with commas, or use -n multiple times.",
        )
        parser.add_argument(
            "--exclude",
            "-x",
            action="append",
            default=argparse.SUPPRESS,
            nargs="?",
            const="",
            help="The directory name(s) to exclude, in addition to .git and __pycache__. Can be used multiple times.",
        )

    def handle(self, app_or_project: str, name: str, target: str | None = None, **options: Any) -> None:
        self.app_or_project = app_or_project
        self.a_or_an = "an" if app_or_project == "app" else "a"
        self.verbosity = options["verbosity"]
        self._scratch: list[str] = []
        formatters = find_formatters()
        self._check_name(name)
        top_dir = self._target_directory(name, target)
        try:
            written = self._copy(name, top_dir, options)
        finally:
            for path in self._scratch:
                shutil.rmtree(path, ignore_errors=True)
        run_formatters([path for path in written if path.endswith(".py")], **formatters, stderr=self.stderr)

    # -- where ---------------------------------------------------------------------------------------------------

    def _target_directory(self, name: str, target: str | None) -> str:
        if target is None:
            top_dir = os.path.join(os.getcwd(), name)
            try:
                os.makedirs(top_dir)
            except FileExistsError:
                raise CommandError(f"'{top_dir}' already exists") from None
            except OSError as error:
                raise CommandError(error) from error
            return top_dir
        top_dir = os.path.abspath(os.path.expanduser(target))
        if self.app_or_project == "app":
            self._check_name(os.path.basename(top_dir), "directory")
        if not os.path.exists(top_dir):
            try:
                os.makedirs(top_dir)
            except OSError as error:
                raise CommandError(error) from error
        return top_dir

    def _check_name(self, name: str, name_or_dir: str = "name") -> None:
        """Refuse a name that Python could not import, or would import from elsewhere.

        Args:
            name: of the app or project, or of the directory.
            name_or_dir: which of them, for the message.
        """
        kind = f"{self.app_or_project} {name_or_dir}"
        if not name.isidentifier():
            raise CommandError(
                f"'{name}' is not a valid {kind}. Please make sure the {name_or_dir} is a valid identifier."
            )
        if find_spec(name) is not None:
            raise CommandError(
                f"'{name}' conflicts with the name of an existing Python module and cannot be used as "
                f"{self.a_or_an} {kind}. Please try another {name_or_dir}."
            )

    # -- what ----------------------------------------------------------------------------------------------------

    def _context(self, name: str, top_dir: str, options: dict[str, Any]) -> Context:
        base = f"{self.app_or_project}_name"
        camel_case = (
            "".join(part for part in name.title() if part != "_") if name.isascii() else name.title().replace("_", "")
        )
        known = {key: value for key, value in options.items() if key not in {"name"}}
        return Context(
            {
                **known,
                base: name,
                f"{self.app_or_project}_directory": top_dir,
                f"camel_case_{self.app_or_project}_name": camel_case,
                "docs_version": get_docs_version(),
                "hotclub_version": hotclub.__version__,
                "django_version": hotclub.__version__,
            },
            autoescape=False,
        )

    def _copy(self, name: str, top_dir: str, options: dict[str, Any]) -> list[str]:
        if not settings.configured:
            # Rendering needs settings, and starting a project means there are none.
            settings.configure()
            hotclub.setup()
        extensions = handle_extensions(options["extensions"])
        file_names = {part.strip() for text in options["files"] for part in text.split(",")}
        excluded = self._excluded(options)
        if self.verbosity >= 2:
            self.stdout.write(
                f"Rendering {self.app_or_project} template files with extensions: {', '.join(sorted(extensions))}"
            )
            self.stdout.write(
                f"Rendering {self.app_or_project} template files with filenames: {', '.join(sorted(file_names))}"
            )
        context = self._context(name, top_dir, options)
        engine = Engine(autoescape=False)
        template_dir = self._template_directory(options["template"])
        written = []
        for source, relative in self._files(template_dir, name, excluded):
            rendered = relative.endswith(tuple(extensions)) or os.path.basename(relative) in file_names
            target = os.path.join(top_dir, relative)
            if os.path.exists(target):
                raise CommandError(
                    f"{target} already exists. Overlaying {self.a_or_an} {self.app_or_project} into an existing directory "
                    "won't replace conflicting files."
                )
            self._write(source, target, engine if rendered else None, context)
            written.append(target)
        return written

    @staticmethod
    def _excluded(options: dict[str, Any]) -> set[str] | None:
        """Names of directories to leave out; with a bare `--exclude` hidden ones are no longer among them."""
        given = options.get("exclude")
        names = {part.strip() for text in given or [] for part in (text or "").split(",")} - {""}
        return (set(ALWAYS_EXCLUDED) | names) if given is not None else None

    def _files(self, template_dir: str, name: str, excluded: set[str] | None) -> Iterator[tuple[str, str]]:
        """Give each file of a template: its path, and its path in the new directory."""
        base = f"{self.app_or_project}_name"
        for root, directories, files in os.walk(template_dir):
            inside = os.path.relpath(root, template_dir).replace(base, name)
            directories[:] = sorted(
                directory
                for directory in directories
                if directory not in (excluded or ALWAYS_EXCLUDED)
                and (excluded is not None or not directory.startswith("."))
            )
            for file_name in sorted(files):
                if file_name.endswith((".pyo", ".pyc", ".py.class")):
                    continue  # leftovers of an interpreter
                relative = os.path.normpath(os.path.join(inside, file_name.replace(base, name)))
                yield os.path.join(root, file_name), relative.removesuffix(RENAMED_SUFFIX)

    def _write(self, source: str, target: str, engine: Engine | None, context: Context) -> None:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if engine is None:
            shutil.copyfile(source, target)
        else:
            with open(source, encoding="utf-8") as stream:
                text = engine.from_string(stream.read()).render(context)
            with open(target, "w", encoding="utf-8") as stream:
                stream.write(text)
        if self.verbosity >= 2:
            self.stdout.write(f"Creating {target}")
        try:
            self._apply_mode(source, target)
        except OSError:
            self.stderr.write(
                f"Notice: Couldn't set permission bits on {target}. You're probably using an uncommon filesystem setup. "
                "No problem.",
                self.style.NOTICE,
            )

    @staticmethod
    def _apply_mode(source: str, target: str) -> None:
        """Make a copy executable where the original is, within what the user's umask allows."""
        mode = os.stat(target).st_mode
        if os.stat(source).st_mode & stat.S_IXUSR:
            current = os.umask(0)
            os.umask(current)
            mode |= 0o111 & ~current
        os.chmod(target, mode | stat.S_IWUSR)

    # -- templates -----------------------------------------------------------------------------------------------

    def _template_directory(self, template: str | None) -> str:
        """Return the directory of the template, unpacked or fetched as needed."""
        if template is None:
            return os.path.join(os.path.dirname(hotclub.__file__), "conf", f"{self.app_or_project}_template")
        template = template.removeprefix("file://")
        path = os.path.normpath(os.path.expanduser(template))
        if os.path.isdir(path):
            return path
        archive = self._fetched(template) if template.split(":", 1)[0] in URL_SCHEMES else os.path.abspath(path)
        if not os.path.exists(archive):
            raise CommandError(f"couldn't handle {self.app_or_project} template {template}.")
        target = tempfile.mkdtemp(prefix=f"hotclub_{self.app_or_project}_template_")
        self._scratch.append(target)
        if self.verbosity >= 2:
            self.stdout.write(f"Extracting {archive}")
        try:
            archives.extract(archive, target, max_bytes=MAX_TEMPLATE_BYTES)
        except (OSError, EOFError, archives.ArchiveException) as error:
            raise CommandError(f"couldn't extract file {archive} to {target}: {error}") from error
        return target

    def _fetched(self, url: str) -> str:
        """Download an archive and return its path."""
        directory = tempfile.mkdtemp(prefix=f"hotclub_{self.app_or_project}_download_")
        self._scratch.append(directory)
        url = url.rstrip("/")
        name = url.rsplit("/", 1)[-1]
        if self.verbosity >= 2:
            self.stdout.write(f"Downloading {url}")
        request = Request(url, headers={"User-Agent": f"Hotclub/{hotclub.__version__}"})
        try:
            with build_opener().open(request) as answer:
                data = answer.read()
                headers = answer.headers
        except OSError as error:
            raise CommandError(f"couldn't download URL {url} to {name}: {error}") from error
        # A server may name the file otherwise than the URL does.
        named = headers.get_filename()
        if named:
            name = named
        if not posixpath.splitext(name)[1]:
            guessed = mimetypes.guess_extension(headers.get_content_type() or "")
            name += guessed or ""
        target = safe_join(directory, name)
        with open(target, "wb") as out:
            out.write(data)
        return str(target)
