"""`makemessages`: collect what is to be translated from code and templates into the edited catalogues (.po).

GNU gettext does the reading and merging. Templates are turned into Python for it (`templatize`), in a scratch directory of
the same layout, so that the places in the catalogues are those of the templates.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hotclub import conf
from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.utils import (
    find_command,
    handle_extensions,
    is_ignored_path,
    popen_wrapper,
)
from hotclub.utils.encoding import DEFAULT_LOCALE_ENCODING
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import templatize

DOMAINS = {"django": ("Python", ["html", "txt", "py"]), "djangojs": ("JavaScript", ["js"])}
"""Language that `xgettext` reads, and extensions looked at by default."""

PROGRAMS = ("xgettext", "msguniq", "msgmerge", "msgattrib")
DEFAULT_IGNORED = ["CVS", ".*", "*~", "*.pyc"]

KEYWORDS = (
    "gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3", "pgettext_lazy:1c,2",
    "npgettext_lazy:1c,2,3",
)  # fmt: skip
"""What is looked for besides what `xgettext` knows of a language."""

_language_re = re.compile(r"[a-z]{2,3}")
_plural_forms_re = re.compile(r'^"Plural-Forms: [^\n]*\\n"$', re.MULTILINE)


class TranslatableFile:
    """A file to read, and the directory that its catalogue lies in.

    Args:
        dirpath: directory of the file.
        file_name: its name.
        locale_dir: directory of catalogues; None if there is none for it.
    """

    def __init__(self, dirpath: str, file_name: str, locale_dir: str | None) -> None:
        self.dirpath = dirpath
        self.file = file_name
        self.locale_dir = locale_dir

    @property
    def path(self) -> str:
        """Directory and name."""
        return os.path.join(self.dirpath, self.file)

    def __repr__(self) -> str:
        return f"<TranslatableFile: {os.path.join(self.dirpath, self.file)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TranslatableFile) and self.path == other.path

    def __lt__(self, other: TranslatableFile) -> bool:
        return self.path < other.path

    __hash__ = None  # type: ignore[assignment]  # compared by value, and changeable


def write_pot_file(potfile: str, msgs: str) -> None:
    """Write collected messages, with the encoding that they have in the header.

    Args:
        potfile: path.
        msgs: what `xgettext` gave.
    """
    header, blank, messages = msgs.partition("\n\n")
    header = header.replace("charset=CHARSET", "charset=UTF-8", 1)
    Path(potfile).write_text(f"{header}{blank}{messages}", encoding="utf-8", newline="\n")


def canonical_locale(name: str) -> str:
    """Return how a locale is spelled: language_Script_REGION, and what follows "-x-" or "@" as it is."""
    main, mark, rest = name, "", ""
    for separator in ("-x-", "@"):
        if separator in name:
            main, mark, rest = name.partition(separator)
            break
    language, *subtags = re.split(r"[-_+]", main)
    shaped = [part.title() if len(part) == 4 else part.upper() for part in subtags]
    return "_".join([language.lower(), *shaped]) + mark + rest


def is_locale(name: str) -> bool:
    """Say whether a name has the form of a locale."""
    language, *subtags = re.split(r"[-_@]", name)
    return bool(_language_re.fullmatch(language)) and all(subtags)


class Command(BaseCommand):
    """Collect messages below the current directory."""

    help = (
        "Runs over the entire source tree of the current directory and pulls out all strings marked for translation. It "
        "creates (or updates) a message file in the conf/locale (in the hotclub tree) or locale (for projects and "
        "applications) directory.\n\nYou must run this command with one of either the --locale, --exclude, or --all options."
    )
    translatable_file_class = TranslatableFile
    requires_system_checks: list[str] = []
    msgmerge_options = ["-q", "--backup=none", "--previous", "--update"]
    msguniq_options = ["--to-code=utf-8"]
    msgattrib_options = ["--no-obsolete"]
    xgettext_options = ["--from-code=UTF-8", "--add-comments=Translators"]

    def add_arguments(self, parser: CommandParser) -> None:
        def listed(*names: str, **options: Any) -> None:
            parser.add_argument(*names, action="append", **options)

        def switch(*names: str, **options: Any) -> None:
            parser.add_argument(*names, action="store_true", **options)

        listed(
            "--locale",
            "-l",
            default=[],
            help="Creates or updates the message files for the given locale(s) (e.g. pt_BR). Can be used multiple times.",
        )
        listed("--exclude", "-x", default=[], help="Locales to exclude. Default is none. Can be used multiple times.")
        parser.add_argument(
            "--domain",
            "-d",
            default="django",
            help='The domain of the message files (default: "django"): "django" or "djangojs".',
        )
        switch("--all", "-a", help="Updates the message files for all existing locales.")
        listed(
            "--extension",
            "-e",
            dest="extensions",
            help='The file extension(s) to examine (default: "html,txt,py", or "js" if the domain is "djangojs"). Separate '
            "multiple extensions with commas, or use -e multiple times.",
        )
        switch("--symlinks", "-s", help="Follows symlinks to directories when examining source code and templates.")
        listed(
            "--ignore",
            "-i",
            dest="ignore_patterns",
            default=[],
            metavar="PATTERN",
            help="Ignore files or directories matching this glob-style pattern. Use multiple times to ignore more.",
        )
        parser.add_argument(
            "--no-default-ignore",
            action="store_false",
            dest="use_default_ignore_patterns",
            help="Don't ignore the common glob-style patterns 'CVS', '.*', '*~' and '*.pyc'.",
        )
        switch("--no-wrap", help="Don't break long message lines into several lines.")
        switch("--no-location", help="Don't write '#: filename:line' lines.")
        parser.add_argument(
            "--add-location",
            choices=("full", "file", "never"),
            const="full",
            nargs="?",
            help="Controls '#: filename:line' lines: with file and line (the default), the file only, or none.",
        )
        switch("--no-obsolete", help="Remove obsolete message strings.")
        switch("--keep-pot", help="Keep .pot file after making messages. Useful when debugging.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        self.domain = options["domain"]
        self.symlinks = options["symlinks"]
        self.keep_pot = options["keep_pot"]
        self.ignore_patterns = [
            *options["ignore_patterns"],
            *(DEFAULT_IGNORED if options["use_default_ignore_patterns"] else ()),
        ]
        if self.domain not in DOMAINS:
            raise CommandError("currently makemessages only supports domains 'django' and 'djangojs'")
        self.extensions = handle_extensions(options["extensions"] or DOMAINS[self.domain][1])
        if not (options["locale"] or options["exclude"] or options["all"]):
            raise CommandError(f"Type '{os.path.basename(sys.argv[0])} help {sys.argv[1]}' for usage information.")
        self._check_programs()
        self._take_layout(options)
        self.no_obsolete = options["no_obsolete"]
        self._find_locale_paths()
        locales = self._chosen_locales(options)
        potfiles: list[str] = []
        try:
            potfiles = self.build_potfiles()
            for locale in locales:
                if self.verbosity > 0:
                    self.stdout.write(f"processing locale {locale}")
                for potfile in potfiles:
                    self.write_po_file(potfile, locale)
        finally:
            if not self.keep_pot:
                for potfile in potfiles or self._potfiles():
                    Path(potfile).unlink(missing_ok=True)

    def _check_programs(self) -> None:
        for program in PROGRAMS:
            if find_command(program) is None:
                raise CommandError(
                    f"Can't find {program}. Make sure you have GNU gettext tools 0.19 or newer installed."
                )

    def _take_layout(self, options: dict[str, Any]) -> None:
        """Hand the options for lines and places on to the programs."""
        added = ["--no-wrap"] if options["no_wrap"] else []
        if options["no_location"]:
            added.append("--no-location")
        if options["add_location"]:
            if self.gettext_version < (0, 19):
                raise CommandError("The --add-location option requires gettext 0.19 or later.")
            added.append(f"--add-location={options['add_location']}")
        for name in ("msgmerge_options", "msguniq_options", "msgattrib_options", "xgettext_options"):
            setattr(self, name, [*getattr(self, name), *added])

    @cached_property
    def gettext_version(self) -> tuple[int, ...]:
        """Version of the installed gettext.

        Raises:
            CommandError: it does not say.
        """
        output, _errors, _status = popen_wrapper(["xgettext", "--version"], stdout_encoding=DEFAULT_LOCALE_ENCODING)
        match = re.search(r"(\d+)\.(\d+)\.?(\d+)?", output)
        if match is None:
            raise CommandError("Unable to get gettext version. Is it installed?")
        return tuple(int(part) for part in match.groups() if part is not None)

    # Where catalogues lie -----------------------------------------------------------------------------------------------

    def _find_locale_paths(self) -> None:
        self.locale_paths: list[str] = []
        self.default_locale_path: str | None = None
        self.invoked_for_django = os.path.isdir(os.path.join("conf", "locale"))
        if self.invoked_for_django:
            self.locale_paths = [os.path.abspath(os.path.join("conf", "locale"))]
        else:
            if settings.configured:  # the command works without settings too
                self.locale_paths = [os.path.abspath(path) for path in settings.LOCALE_PATHS]
            if os.path.isdir("locale"):
                self.locale_paths.append(os.path.abspath("locale"))
        self.locale_paths = list(dict.fromkeys(self.locale_paths))
        if self.locale_paths:
            self.default_locale_path = self.locale_paths[0]
            os.makedirs(self.default_locale_path, exist_ok=True)

    def _chosen_locales(self, options: dict[str, Any]) -> list[str]:
        names = options["locale"]
        if options["all"] or not names:
            found = Path(self.default_locale_path or ".").iterdir() if self.default_locale_path else ()
            names = [path.name for path in found if path.is_dir() and _language_re.match(path.name)]
        chosen = []
        for name in sorted(set(names) - set(options["exclude"])):
            canonical = canonical_locale(name)
            if is_locale(name) and canonical == name:
                chosen.append(name)
                continue
            hint = f", did you mean {canonical}?" if is_locale(canonical) and canonical != name else ""
            self.stdout.write(f"invalid locale {name}{hint}")
        return chosen

    def _locale_dir_of(self, dirpath: str) -> str | None:
        """Return the directory of catalogues nearest above a directory, else the default one."""
        inside = os.path.abspath(dirpath)
        around = [
            path
            for path in self.locale_paths
            if os.path.commonpath([inside, os.path.dirname(path)]) == os.path.dirname(path)
        ]
        return max(around, key=lambda path: len(os.path.dirname(path)), default=self.default_locale_path)

    # What is read ---------------------------------------------------------------------------------------------------------

    def find_files(self, root: str) -> list[TranslatableFile]:
        """Return the files below a directory that may have messages, and note directories of catalogues on the way."""
        found: list[tuple[str, str]] = []
        roots = [getattr(settings, name, "") for name in ("MEDIA_ROOT", "STATIC_ROOT")] if settings.configured else []
        left_out = {os.path.abspath(path) for path in roots if path}
        for dirpath, directories, names in os.walk(root, followlinks=self.symlinks):
            kept = []
            for name in directories:
                path = os.path.normpath(os.path.join(dirpath, name))
                if is_ignored_path(path, self.ignore_patterns) or os.path.abspath(path) in left_out:
                    self._say(f"ignoring directory {name}")
                elif name == "locale":
                    if os.path.abspath(path) not in self.locale_paths:
                        self.locale_paths.append(os.path.abspath(path))
                else:
                    kept.append(name)
            directories[:] = kept
            for name in names:
                path = os.path.normpath(os.path.join(dirpath, name))
                if os.path.splitext(name)[1] not in self.extensions or is_ignored_path(path, self.ignore_patterns):
                    self._say(f"ignoring file {name} in {dirpath}")
                else:
                    found.append((dirpath, name))
        return sorted(self.translatable_file_class(path, name, self._locale_dir_of(path)) for path, name in found)

    def _say(self, text: str) -> None:
        if self.verbosity > 1:
            self.stdout.write(text)

    def _potfiles(self) -> list[str]:
        return [os.path.join(path, f"{self.domain}.pot") for path in self.locale_paths]

    def build_potfiles(self) -> list[str]:
        """Collect the messages of all files; returns the paths of what was written, one for each directory."""
        groups: dict[str, list[TranslatableFile]] = defaultdict(list)
        for file in self.find_files("."):
            if self._is_own_catalogue_view(file):
                self._say(f"ignoring file {file.file} in {file.dirpath}")
                continue
            self._say(f"processing file {file.file} in {file.dirpath}")
            if file.locale_dir is None:
                raise CommandError(
                    f"Unable to find a locale path to store translations for file {file.file}. Make sure the 'locale' "
                    "directory exists in an app or LOCALE_PATHS setting is set."
                )
            groups[file.locale_dir].append(file)
        written = []
        for locale_dir, files in groups.items():
            if messages := self.collect(files):
                potfile = os.path.join(locale_dir, f"{self.domain}.pot")
                os.makedirs(locale_dir, exist_ok=True)
                write_pot_file(potfile, messages)
                written.append(potfile)
                self._unify(potfile)
        return sorted(written)

    def _is_own_catalogue_view(self, file: TranslatableFile) -> bool:
        """Whether a file is the template of the JavaScript catalogue in the framework itself: it has the functions only."""
        return (
            self.domain == "djangojs"
            and self.invoked_for_django
            and os.path.normpath(file.path) == os.path.join("views", "templates", "i18n_catalog.js")
        )

    def collect(self, files: Iterable[TranslatableFile]) -> str:
        """Return the messages of some files, as `xgettext` writes them; empty if there are none."""
        with tempfile.TemporaryDirectory(prefix="hotclub_makemessages_") as scratch:
            names = [name for file in files if (name := self._prepared(file, scratch))]
            listing = Path(scratch, "files.list")
            listing.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
            output, errors, status = popen_wrapper(
                [
                    "xgettext",
                    "-d",
                    self.domain,
                    f"--language={DOMAINS[self.domain][0]}",
                    *(f"--keyword={keyword}" for keyword in KEYWORDS),
                    *self.xgettext_options,
                    f"--directory={scratch}",
                    "--directory=.",
                    f"--files-from={listing}",
                    "--output=-",
                ]
            )
        self._heed("xgettext", errors, status)
        return output

    def _prepared(self, file: TranslatableFile, scratch: str) -> str:
        """Return the name under which a file is read; a template is written as Python into the scratch directory."""
        name = os.path.normpath(file.path)
        try:
            source = Path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            self.stdout.write(f"UnicodeDecodeError: skipped file {file.file} in {file.dirpath} (reason: {error})")
            return ""
        if self.domain == "django" and os.path.splitext(name)[1] != ".py":
            target = Path(scratch, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(templatize(source, origin=name), encoding="utf-8")
        return name

    def _heed(self, program: str, errors: str, status: int) -> None:
        """Raise what a program complains of, or tell it if it could work all the same."""
        if status:
            raise CommandError(f"errors happened while running {program}\n{errors}")
        if errors and self.verbosity > 0:
            self.stdout.write(errors)

    # What is written ------------------------------------------------------------------------------------------------------

    def _unify(self, potfile: str) -> None:
        output, errors, status = popen_wrapper(["msguniq", *self.msguniq_options, potfile])
        self._heed("msguniq", errors, status)
        Path(potfile).write_text(output, encoding="utf-8", newline="\n")

    def write_po_file(self, potfile: str, locale: str) -> None:
        """Create or update the catalogue of a locale.

        Args:
            potfile: the collected messages.
            locale: name of the locale's directory, beside them.
        """
        path = Path(os.path.dirname(potfile), locale, "LC_MESSAGES", f"{self.domain}.po")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _output, errors, status = popen_wrapper(["msgmerge", *self.msgmerge_options, str(path), potfile])
            self._heed("msgmerge", errors, status)
        else:
            messages = Path(potfile).read_text(encoding="utf-8")
            path.write_text(self.copy_plural_forms(messages, locale), encoding="utf-8", newline="\n")
        if self.no_obsolete:
            _output, errors, status = popen_wrapper(["msgattrib", *self.msgattrib_options, "-o", str(path), str(path)])
            self._heed("msgattrib", errors, status)

    def copy_plural_forms(self, msgs: str, locale: str) -> str:
        """Return messages with the plural rule of a locale in their header, where the framework's catalogue has it."""
        catalogue = Path(conf.__file__).parent / "locale" / locale / "LC_MESSAGES" / "django.po"
        rule = _plural_forms_re.search(catalogue.read_text(encoding="utf-8")) if catalogue.exists() else None
        if rule is None:
            return msgs
        header, blank, messages = msgs.partition("\n\n")
        header = _plural_forms_re.sub("", header).rstrip("\n")
        return f"{header}\n{rule[0]}{blank}{messages}".replace("\n\n\n", "\n\n")
