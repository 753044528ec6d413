"""`collectstatic`: all static files in one place."""

from __future__ import annotations

import os
from typing import Any

from hotclub.apps import apps
from hotclub.contrib.staticfiles.finders import get_finders
from hotclub.contrib.staticfiles.storage import staticfiles_storage
from hotclub.core.checks import Tags
from hotclub.core.files.storage import FileSystemStorage
from hotclub.core.management.base import BaseCommand, CommandError
from hotclub.core.management.color import no_style
from hotclub.utils.functional import cached_property


class Command(BaseCommand):
    """Copies (or links) all static files to the static files storage."""

    help = "Collect static files in a single location."
    requires_system_checks = [Tags.staticfiles]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.copied_files: list[str] = []
        self.symlinked_files: list[str] = []
        self.unmodified_files: list[str] = []
        self.post_processed_files: list[str] = []
        self.skipped_files: list[str] = []
        self.deleted_files: list[str] = []
        self.storage = staticfiles_storage
        self.style = no_style()

    @cached_property
    def local(self) -> bool:
        """Whether the storage has paths on this machine."""
        try:
            self.storage.path("")
        except NotImplementedError:
            return False
        return True

    def add_arguments(self, parser: Any) -> None:
        """Add the documented options."""
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Do NOT prompt the user for input of any kind.",
        )
        parser.add_argument(
            "--no-post-process",
            action="store_false",
            dest="post_process",
            help="Do NOT post process collected files.",
        )
        parser.add_argument(
            "-i",
            "--ignore",
            action="append",
            default=[],
            dest="ignore_patterns",
            metavar="PATTERN",
            help="Ignore files or directories matching this glob-style pattern. Use multiple times to ignore more.",
        )
        parser.add_argument("-n", "--dry-run", action="store_true", help="Do everything except modify the filesystem.")
        parser.add_argument(
            "-c",
            "--clear",
            action="store_true",
            help="Clear the existing files using the storage before trying to copy or link the original file.",
        )
        parser.add_argument(
            "-l", "--link", action="store_true", help="Create a symbolic link to each file instead of copying."
        )
        parser.add_argument(
            "--no-default-ignore",
            action="store_false",
            dest="use_default_ignore_patterns",
            help="Don't ignore the common private glob-style patterns (defaults to 'CVS', '.*' and '*~').",
        )

    def set_options(self, **options: Any) -> None:
        """Take over the options."""
        self.interactive = options["interactive"]
        self.verbosity = options["verbosity"]
        self.symlink = options["link"]
        self.clear = options["clear"]
        self.dry_run = options["dry_run"]
        ignore_patterns = options["ignore_patterns"]
        if options["use_default_ignore_patterns"]:
            ignore_patterns = ignore_patterns + apps.get_app_config("staticfiles").ignore_patterns  # type: ignore[attr-defined]
        self.ignore_patterns = list({os.path.normpath(pattern) for pattern in ignore_patterns})
        self.post_process = options["post_process"]

    def collect(self) -> dict[str, list[str]]:
        """Collect all files; give the names of what was done with them.

        Raises:
            CommandError: links are not possible here, or post-processing failed.
        """
        if self.symlink and not self.local:
            raise CommandError("Can't symlink to a remote destination.")
        if self.clear:
            self.clear_dir("")
        handler = self.link_file if self.symlink else self.copy_file
        found: dict[str, tuple[Any, str]] = {}
        for finder in get_finders():
            for path, storage in finder.list(self.ignore_patterns):
                # The prefix of its directory belongs to the name.
                prefixed = os.path.join(storage.prefix, path) if getattr(storage, "prefix", None) else path
                if prefixed not in found:
                    found[prefixed] = (storage, path)
                    handler(path, prefixed, storage)
                else:
                    self.skipped_files.append(prefixed)
                    self.log(
                        f"Found another file with the destination path '{prefixed}'. It will be ignored since only the "
                        "first encountered file is collected. If this is not what you want, make sure every static file "
                        "has a unique path.",
                        level=2,
                    )
        if self.post_process and hasattr(self.storage, "post_process"):
            self._post_process(found)
        return {
            "modified": self.copied_files + self.symlinked_files,
            "unmodified": self.unmodified_files,
            "post_processed": self.post_processed_files,
            "skipped": self.skipped_files,
            "deleted": self.deleted_files,
        }

    def _post_process(self, found: dict[str, tuple[Any, str]]) -> None:
        for original, processed_path, processed in self.storage.post_process(found, dry_run=self.dry_run):
            if isinstance(processed, Exception):
                self.stderr.write(f"Post-processing '{original}' failed!")
                # A blank line before the traceback.
                self.stderr.write()
                raise CommandError(str(processed)) from processed
            if processed:
                self.log(f"Post-processed '{original}' as '{processed_path}'", level=2)
                self.post_processed_files.append(original)
            else:
                self.log(f"Skipped post-processing '{original}'")

    def handle(self, **options: Any) -> str | None:
        """Ask, collect, and say what was done."""
        self.set_options(**options)
        message = ["\n"]
        if self.dry_run:
            message.append("You have activated the --dry-run option so no files will be modified.\n\n")
        message.append(
            "You have requested to collect static files at the destination\nlocation as specified in your settings"
        )
        if self.is_local_storage() and self.storage.location:
            destination = self.storage.location
            message.append(f":\n\n    {destination}\n\n")
            should_warn = self.storage.exists(destination) and any(self.storage.listdir(destination))
        else:
            destination = None
            message.append(".\n\n")
            # Nobody knows what lies there.
            should_warn = True
        if self.interactive and should_warn:
            if self.clear:
                message.append("This will DELETE ALL FILES in this location!\n")
            else:
                message.append("This will overwrite existing files!\n")
            message.append("Are you sure you want to do this?\n\nType 'yes' to continue, or 'no' to cancel: ")
            if input("".join(message)) != "yes":
                raise CommandError("Collecting static files cancelled.")
        collected = self.collect()
        return self._summary(collected, destination) if self.verbosity >= 1 else None

    def _summary(self, collected: dict[str, list[str]], destination: Any) -> str:
        def counted(count: int, text: str) -> str:
            return f"{count} static file{'' if count == 1 else 's'} {text}"

        verb = "symlinked" if self.symlink else "copied"
        where = f" to '{destination}'" if destination else ""
        parts = [f"{counted(len(collected['modified']), verb)}{where}"]
        for key, text in (
            ("unmodified", "unmodified"),
            ("post_processed", "post-processed"),
            ("skipped", "skipped due to conflict"),
            ("deleted", "deleted"),
        ):
            if collected[key]:
                count = len(collected[key])
                parts.append(counted(count, text) if key == "deleted" else f"{count} {text}")
        return "\n" + ", ".join(parts) + "."

    def log(self, msg: str, level: int = 2) -> None:
        """Write, if the verbosity asks for it."""
        if self.verbosity >= level:
            self.stdout.write(msg)

    def is_local_storage(self) -> bool:
        """Whether the storage is one of the file system."""
        return isinstance(self.storage, FileSystemStorage)

    def clear_dir(self, path: str) -> None:
        """Delete everything below a directory of the storage."""
        if not self.storage.exists(path):
            return
        directories, files = self.storage.listdir(path)
        for name in files:
            full = os.path.join(path, name)
            self.deleted_files.append(full)
            if self.dry_run:
                self.log(f"Pretending to delete '{full}'", level=2)
                continue
            self.log(f"Deleting '{full}'", level=2)
            try:
                full_path = self.storage.path(full)
            except NotImplementedError:
                self.storage.delete(full)
            else:
                if not os.path.exists(full_path) and os.path.lexists(full_path):
                    # A link that leads nowhere.
                    os.unlink(full_path)
                else:
                    self.storage.delete(full)
        for name in directories:
            self.clear_dir(os.path.join(path, name))

    def delete_file(self, path: str, prefixed_path: str, source_storage: Any) -> bool:
        """Delete what is in the way; give False if it is up to date already."""
        if not self.storage.exists(prefixed_path):
            return True
        try:
            target_modified = self.storage.get_modified_time(prefixed_path)
        except (OSError, NotImplementedError, AttributeError):
            target_modified = None
        if target_modified is not None:
            try:
                source_modified = source_storage.get_modified_time(path)
            except (OSError, NotImplementedError, AttributeError):
                source_modified = None
            if source_modified is not None and self._is_current(prefixed_path, target_modified, source_modified):
                if prefixed_path not in self.unmodified_files:
                    self.unmodified_files.append(prefixed_path)
                self.log(f"Skipping '{path}' (not modified)")
                return False
        if self.dry_run:
            self.log(f"Pretending to delete '{path}'")
        else:
            self.log(f"Deleting '{path}'")
            self.storage.delete(prefixed_path)
        return True

    def _is_current(self, prefixed_path: str, target_modified: Any, source_modified: Any) -> bool:
        full_path = self.storage.path(prefixed_path) if self.local else None
        # A link instead of a copy, or the other way round, is not what was asked for.
        wrong_kind = (self.symlink and full_path and not os.path.islink(full_path)) or (
            not self.symlink and full_path and os.path.islink(full_path)
        )
        # Some file systems keep whole seconds only.
        return target_modified.replace(microsecond=0) >= source_modified.replace(microsecond=0) and not wrong_kind

    def link_file(self, path: str, prefixed_path: str, source_storage: Any) -> None:
        """Link one file.

        Raises:
            CommandError: the system has no links.
        """
        if prefixed_path in self.symlinked_files:
            return self.log(f"Skipping '{path}' (already linked earlier)")
        if not self.delete_file(path, prefixed_path, source_storage):
            return None
        source_path = source_storage.path(path)
        if self.dry_run:
            self.log(f"Pretending to link '{source_path}'", level=1)
        else:
            self.log(f"Linking '{source_path}'", level=2)
            full_path = self.storage.path(prefixed_path)
            os.makedirs(os.path.dirname(full_path), exist_ok=True)
            try:
                if os.path.lexists(full_path):
                    os.unlink(full_path)
                os.symlink(source_path, full_path)
            except NotImplementedError as error:
                raise CommandError(f"Symlinking is not supported in this platform ({os.name}).") from error
            except OSError as error:
                raise CommandError(error) from error
        if prefixed_path not in self.symlinked_files:
            self.symlinked_files.append(prefixed_path)
        return None

    def copy_file(self, path: str, prefixed_path: str, source_storage: Any) -> None:
        """Copy one file."""
        if prefixed_path in self.copied_files:
            return self.log(f"Skipping '{path}' (already copied earlier)")
        if not self.delete_file(path, prefixed_path, source_storage):
            return None
        source_path = source_storage.path(path)
        if self.dry_run:
            self.log(f"Pretending to copy '{source_path}'", level=1)
        else:
            self.log(f"Copying '{source_path}'", level=2)
            with source_storage.open(path) as source_file:
                self.storage.save(prefixed_path, source_file)
        self.copied_files.append(prefixed_path)
        return None
