"""The test tools at work in a small project, under pytest with the plugin and under the project's own runner.

The project runs in a process of its own: settings can be configured once in a process only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = """
SECRET_KEY = "for tests"
INSTALLED_APPS = ["hotclub.contrib.contenttypes", "hotclub.contrib.auth", "hotclub.contrib.sessions", "shelf"]
DATABASES = {"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}}
MIDDLEWARE = [
    "hotclub.contrib.sessions.middleware.SessionMiddleware",
    "hotclub.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "shelf.urls"
TEMPLATES = [{"BACKEND": "hotclub.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
PASSWORD_HASHERS = ["hotclub.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = True
"""

MODELS = """
from hotclub.db import models


class AuthorManager(models.Manager):
    def get_by_natural_key(self, name):
        return self.get(name=name)


class Author(models.Model):
    name = models.CharField(max_length=50, unique=True)
    objects = AuthorManager()

    def natural_key(self):
        return (self.name,)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE)
    tags = models.ManyToManyField("Tag")
    price = models.DecimalField(max_digits=6, decimal_places=2)
    printed = models.DateTimeField(null=True)


class Tag(models.Model):
    word = models.CharField(max_length=20)
"""

URLS = """
from hotclub.http import HttpResponse, JsonResponse
from hotclub.shortcuts import render
from hotclub.urls import path

from shelf.models import Author


def index(request):
    return render(request, "shelf/index.html", {"authors": Author.objects.order_by("name"), "who": request.user})


async def count(request):
    return JsonResponse({"count": await Author.objects.acount(), "method": request.method})


def broken(request):
    raise ValueError("broken on purpose")


def away(request):
    response = HttpResponse(status=302)
    response["Location"] = "/count/"
    return response


urlpatterns = [path("", index), path("count/", count), path("broken/", broken), path("away/", away)]
"""

PYTEST_TESTS = """
import asyncio

import pytest

from hotclub.test.utils import CaptureQueriesContext
from shelf.models import Author


@pytest.mark.hotclub_db
@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_an_empty_table(turn):
    assert Author.objects.count() == 0
    Author.objects.create(name="Ann")


def test_without_the_marker_queries_are_allowed_by_nobody_but_fixtures(db, client):
    Author.objects.create(name="Ann")
    response = client.get("/")
    assert b"Ann" in response.content
    assert [template.name for template in response.templates] == ["shelf/index.html"]
    assert response.context["who"].is_anonymous


def test_errors_of_views_are_raised_unless_not_wanted(db, client):
    with pytest.raises(ValueError, match="broken on purpose"):
        client.get("/broken/")
    client.raise_request_exception = False
    assert client.get("/broken/").status_code == 500


def test_redirects_are_followed_and_json_is_read(db, client):
    response = client.get("/away/", follow=True)
    assert response.redirect_chain == [("/count/", 302)]
    assert response.json() == {"count": 0, "method": "GET"}


def test_async_client(db, async_client):
    Author.objects.create(name="Ann")

    async def ask():
        return (await async_client.post("/count/", {"a": 1})).json()

    assert asyncio.run(ask()) == {"count": 1, "method": "POST"}


def test_admin_client_is_logged_in(admin_client):
    assert admin_client.get("/").context["who"].is_superuser


def test_settings_change_and_come_back(settings):
    settings.SITE_NAME = "here"
    from hotclub.conf import settings as real

    assert real.SITE_NAME == "here"


def test_settings_came_back():
    from hotclub.conf import settings as real

    assert not hasattr(real, "SITE_NAME")


def test_queries_are_counted(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(Author.objects.all())
    with pytest.raises(pytest.fail.Exception, match="expected 2 queries, 1 ran"):
        with django_assert_num_queries(2):
            list(Author.objects.all())


def test_mail_goes_to_the_outbox(mailoutbox):
    from hotclub.core.mail import send_mail

    send_mail("Subject", "Text", "a@example.com", ["b@example.com"])
    assert [message.subject for message in mailoutbox] == ["Subject"]
"""

UNITTESTS = """
import datetime
import io
from decimal import Decimal

from hotclub.core import serializers
from hotclub.core.management import call_command
from hotclub.core.serializers.base import DeserializationError
from hotclub.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings, tag
from hotclub.test.testcases import DatabaseOperationForbidden
from shelf.models import Author, Book, Tag


class Shelf(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.author = Author.objects.create(name="Ann")
        printed = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
        cls.book = Book.objects.create(title="<One & two>", author=cls.author, price="12.30", printed=printed)
        cls.book.tags.add(Tag.objects.create(word="new"))

    def test_class_data_is_copied_for_each_test(self):
        self.author.name = "changed"
        self.assertEqual(type(self).author.name, "Ann")
        self.assertIs(self.book.author, self.author)

    def test_class_data_is_unchanged(self):
        self.assertEqual(self.author.name, "Ann")

    def test_every_format_reads_what_it_wrote(self):
        for format in serializers.get_public_serializer_formats():
            for natural in (False, True):
                with self.subTest(format=format, natural=natural):
                    text = serializers.serialize(format, Book.objects.all(), use_natural_foreign_keys=natural)
                    (found,) = serializers.deserialize(format, text)
                    self.assertEqual(found.object.title, "<One & two>")
                    self.assertEqual(found.object.author_id, self.author.pk)
                    self.assertEqual(found.object.price, Decimal("12.30"))
                    self.assertEqual(found.object.printed, self.book.printed)
                    self.assertEqual([str(key) for key in found.m2m_data["tags"]], [str(Tag.objects.get().pk)])

    def test_what_cannot_be_read_names_object_and_value(self):
        text = '[{"model": "shelf.book", "pk": 7, "fields": {"price": "much"}}]'
        with self.assertRaisesMessage(DeserializationError, "(shelf.book:pk=7) field_value was 'much'"):
            list(serializers.deserialize("json", text))

    def test_xml_with_a_document_type_is_refused(self):
        bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><django-objects version="1.0"/>'
        with self.assertRaisesMessage(ValueError, "DTDForbidden"):
            list(serializers.deserialize("xml", bomb))

    def test_queries_are_counted(self):
        with self.assertNumQueries(1):
            self.assertQuerySetEqual(Author.objects.all(), [self.author])
        with self.assertRaisesMessage(AssertionError, "1 queries executed, 0 expected"):
            self.assertNumQueries(0, lambda: Author.objects.get())

    async def test_async_methods_run(self):
        self.assertEqual(await Author.objects.acount(), 1)
        self.assertEqual((await self.async_client.get("/count/")).json()["count"], 1)


class Fixtures(TransactionTestCase):
    def test_dumped_data_can_be_loaded(self):
        author = Author.objects.create(name="Ann")
        Book.objects.create(title="One", author=author, price=1).tags.add(Tag.objects.create(word="new"))
        out = io.StringIO()
        call_command("dumpdata", "shelf", natural_foreign=True, stdout=out)
        with open("dump.json", "w") as stream:
            stream.write(out.getvalue())
        Author.objects.all().delete()
        Tag.objects.all().delete()
        call_command("loaddata", "dump.json", verbosity=0)
        book = Book.objects.get()
        self.assertEqual((book.author.name, [tag.word for tag in book.tags.all()]), ("Ann", ["new"]))

    def test_tables_are_empty_again(self):
        self.assertEqual(Author.objects.count(), 0)


@tag("simple")
class Simple(SimpleTestCase):
    def test_queries_are_refused_with_the_line_to_change(self):
        with self.assertRaisesMessage(DatabaseOperationForbidden, "tests.Simple.databases to silence this failure"):
            Author.objects.count()

    @override_settings(SITE_NAME="there")
    def test_settings_are_overridden(self):
        from hotclub.conf import settings

        self.assertEqual(settings.SITE_NAME, "there")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project")
    (path / "shelf" / "templates" / "shelf").mkdir(parents=True)
    (path / "shelf" / "__init__.py").touch()
    (path / "site_settings.py").write_text(SETTINGS)
    (path / "shelf" / "models.py").write_text(MODELS)
    (path / "shelf" / "urls.py").write_text(URLS)
    (path / "shelf" / "templates" / "shelf" / "index.html").write_text(
        "{% for author in authors %}{{ author.name }}{% endfor %}"
    )
    (path / "test_with_pytest.py").write_text(PYTEST_TESTS)
    (path / "tests.py").write_text(UNITTESTS)
    return path


def run(project: Path, *arguments: str, settings: bool = True) -> subprocess.CompletedProcess[str]:
    left_out = {"HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    if settings:
        environment["HOTCLUB_SETTINGS_MODULE"] = "site_settings"
    environment["PYTHONPATH"] = str(project)
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120)


def test_pytest_runs_a_project(project: Path) -> None:
    options = ("--hotclub-settings=site_settings", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.")
    done = run(project, "pytest", *options, "test_with_pytest.py", settings=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 passed" in done.stdout


def test_the_projects_own_runner_runs_it(project: Path) -> None:
    done = run(project, "hotclub", "test", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 11 tests" in done.stderr
    done = run(project, "hotclub", "test", "tests", "--tag=simple", "--shuffle=3", "--reverse", "-v0")
    assert "Ran 2 tests" in done.stderr


def test_several_processes_give_the_same_result(project: Path) -> None:
    done = run(project, "hotclub", "test", "tests", "--parallel=2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 11 tests" in done.stderr


def test_pytest_runs_test_cases_as_the_projects_runner_does(project: Path) -> None:
    done = run(project, "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.", "tests.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 passed" in done.stdout


CLOSED = """
import sqlite3

import pytest

from hotclub.db import connection
from hotclub.test import TestCase
from shelf.models import Author

MESSAGE = '^Database access not allowed, use the "hotclub_db" mark, or the "db" or "transactional_db" fixtures'


class InTestDatabase(TestCase):
    def test_a_first(self):
        Author.objects.create(name="in a test case")

    def test_another(self):
        assert Author.objects.count() == 0
        assert connection.settings_dict["NAME"] != self.configured_name()

    def configured_name(self):
        from hotclub.conf import settings

        return settings.CONFIGURED_NAME


def test_a_connection_is_refused():
    with pytest.raises(RuntimeError, match=MESSAGE):
        Author.objects.create(name="by mistake")


def test_databases_open_for_the_fixture(db):
    Author.objects.create(name="rolled back")


@pytest.mark.hotclub_db
def test_databases_open_for_the_mark():
    assert Author.objects.count() == 0


def test_a_statement_on_an_open_connection_is_refused():
    assert connection.connection is not None
    for use in (Author.objects.count, lambda: connection.cursor().execute("SELECT 1")):
        with pytest.raises(RuntimeError, match=MESSAGE):
            use()


def test_the_blocker_opens_them_for_a_while(hotclub_db_setup, hotclub_db_blocker):
    with hotclub_db_blocker.unblock():
        assert Author.objects.count() == 0
        with hotclub_db_blocker.block(), pytest.raises(RuntimeError, match=MESSAGE):
            Author.objects.count()
"""


def test_pytest_leaves_the_projects_own_database_alone(project: Path, tmp_path: Path) -> None:
    database = tmp_path / "site.sqlite3"
    (project / "file_settings.py").write_text(
        f"from site_settings import *\nCONFIGURED_NAME = {str(database)!r}\nDATABASES['default']['NAME'] = CONFIGURED_NAME\n"
    )
    (project / "test_closed.py").write_text(CLOSED)
    options = ("--ds=file_settings", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.")
    done = run(project, "pytest", *options, "test_closed.py", settings=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout
    assert not database.exists() or database.stat().st_size == 0


def test_the_plugin_stands_aside_for_pytest_django(project: Path, tmp_path: Path) -> None:
    """Both have options and fixtures of the same names."""
    (tmp_path / "pytest_django.py").write_text(
        "import pytest\n\n\ndef pytest_addoption(parser):\n    parser.addoption('--ds')\n    parser.addoption('--reuse-db')\n"
        "\n\n@pytest.fixture\ndef db(request):\n    return request.config.getoption('--ds')\n"
    )
    (tmp_path / "test_it.py").write_text("def test_it(db):\n    assert db == 'theirs'\n")
    options = ("-p", "pytest_django", "--ds=theirs", "-q", "-p", "no:cacheprovider", "-c", os.devnull)
    done = run(tmp_path, "pytest", *options, "test_it.py", settings=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_is_inert_where_no_settings_are_named(project: Path, tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(
        "import sys\n\n\ndef test_nothing_is_loaded():\n"
        "    assert not {'hotclub.apps', 'hotclub.conf', 'hotclub.db', 'hotclub.test.client'} & sys.modules.keys()\n\n\ndef test_a_fixture_says_what_it_misses(client):\n    raise AssertionError\n"
    )
    options = ("-q", "-rs", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={tmp_path}")
    done = run(project, "pytest", *options, str(tmp_path), settings=False)
    assert "1 passed, 1 skipped" in done.stdout, done.stdout
    assert "no settings are configured; set HOTCLUB_SETTINGS_MODULE" in done.stdout
