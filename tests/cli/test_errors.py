"""What goes wrong on the command line gives one clear error with the next step, and no traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tutorial.project import Project, start_project


def hotclub(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line outside of any project."""
    left_out = {"HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return subprocess.run(
        [sys.executable, "-m", "hotclub", *arguments],
        cwd=cwd,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh project with an app."""
    made = start_project(tmp_path_factory.mktemp("cli"), "errorsite")
    made.manage("startapp", "people")
    return made


def test_an_unknown_command_suggests_the_nearest(tmp_path: Path) -> None:
    done = hotclub("rnserver", cwd=tmp_path)
    assert done.returncode == 1
    assert "Unknown command: 'rnserver'. Did you mean runserver?" in done.stderr
    assert "help' for usage" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_settings_say_what_to_set(tmp_path: Path) -> None:
    done = hotclub("check", cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "settings are not configured" in last
    assert "SETTINGS_MODULE" in last


def test_a_settings_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = hotclub("check", "--settings=no_such_settings", cwd=tmp_path)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("Error: No module named 'no_such_settings'. It is named as the settings by")


def test_an_unknown_app_is_named_with_the_setting_to_look_at(project: Project) -> None:
    output = project.manage("makemigrations", "poeple", fails=True)
    assert "No installed app with label 'poeple'" in output
    assert "Traceback" not in output


def test_an_installed_app_that_does_not_exist_is_named(project: Project) -> None:
    project.write(
        "errorsite/broken_apps.py",
        "from errorsite.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'no_such_app']\n",
    )
    output = project.manage("check", "--settings=errorsite.broken_apps", fails=True)
    assert "No module named 'no_such_app'" in output.strip().splitlines()[-1]


def test_an_unknown_field_lists_the_fields_there_are(project: Project) -> None:
    code = "from hotclub.contrib.auth.models import User\nUser.objects.filter(nmae='x')"
    output = project.manage("shell", "-v", "0", "-c", code, fails=True)
    last = output.strip().splitlines()[-1]
    assert "Cannot resolve keyword 'nmae' into field. Choices are: " in last
    assert "username" in last


def test_an_unknown_url_name_is_named(project: Project) -> None:
    output = project.manage("shell", "-v", "0", "-c", "from hotclub.urls import reverse; reverse('hmoe')", fails=True)
    assert "Reverse for 'hmoe' not found. 'hmoe' is not a valid view function or pattern name." in output


def test_an_unknown_template_is_named(project: Project) -> None:
    code = "from hotclub.template.loader import get_template; get_template('people/lsit.html')"
    output = project.manage("shell", "-v", "0", "-c", code, fails=True)
    assert output.strip().splitlines()[-1].endswith("TemplateDoesNotExist: people/lsit.html")


def test_a_database_file_in_a_missing_directory_is_explained(project: Project) -> None:
    project.write(
        "errorsite/no_directory.py",
        "from errorsite.settings import *\nDATABASES['default']['NAME'] = BASE_DIR / 'missing' / 'db.sqlite3'\n",
    )
    output = project.manage("migrate", "--settings=errorsite.no_directory", fails=True)
    assert "unable to open database file" in output.strip().splitlines()[-1]


@pytest.mark.parametrize("server", ["basic", "granian"])
def test_a_taken_port_is_explained(project: Project, server: str) -> None:
    if server == "granian":
        pytest.importorskip("granian", reason="the server extra is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        output = project.manage("runserver", "--noreload", f"--server={server}", f"127.0.0.1:{port}", fails=True)
    assert "Error: That port is already in use." in output
    assert f"runserver {port + 1}" in output
    assert "Traceback" not in output


def test_a_taken_port_ends_the_reloading_server_too(project: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        output = project.manage("runserver", f"127.0.0.1:{taken.getsockname()[1]}", fails=True)
    assert output.count("That port is already in use.") == 1


def test_a_missing_extra_gives_its_install_line(project: Project) -> None:
    # A module of that name that cannot be imported stands for a package that is not installed.
    code = (
        "import sys; sys.modules['granian'] = None; sys.argv = ['manage.py', 'runserver', '--noreload', "
        "'--server=granian', '0']; import importlib.util as u; real = u.find_spec; "
        "u.find_spec = lambda name, *a: None if name == 'granian' else real(name, *a); "
        "import runpy; runpy.run_path('manage.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.path,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "CommandError: granian is not installed. Run: python -m pip install 'hotclub[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_none_is_refused(project: Project) -> None:
    output = project.manage("runserver", "80o0", fails=True)
    assert '"80o0" is not a valid port number or address:port pair.' in output


@pytest.mark.parametrize("name", ["7site", "../site", "os"])
def test_a_project_name_that_python_cannot_use_is_refused(tmp_path: Path, name: str) -> None:
    done = hotclub("startproject", name, cwd=tmp_path)
    assert done.returncode == 1
    assert f"'{name}'" in done.stderr
    assert "Please" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_are_not_overwritten(project: Project) -> None:
    before = (project.path / "manage.py").read_text()
    done = hotclub("startproject", "another", str(project.path), cwd=project.path.parent)
    assert done.returncode == 1
    assert (
        "already exists. Overlaying a project into an existing directory won't replace conflicting files."
        in done.stderr
    )
    assert (project.path / "manage.py").read_text() == before
