"""Models as the documentation describes them: saving, deleting, relations, validation, inheritance."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hotclub.core.exceptions import FieldFetchBlocked, ValidationError
from hotclub.db import connection, models
from hotclub.db.models import F, ProtectedError, signals
from hotclub.test.utils import CaptureQueriesContext, isolate_apps
from tests.databases import TestDatabase
from tests.halves import Halves


@contextmanager
def raises(kind: Any, text: str = "") -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    assert text in str(caught.value)


@contextmanager
def queries(count: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    assert len(captured) == count, [query["sql"] for query in captured.captured_queries]


def test_initialising_refuses_what_is_no_field(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author, Book

    with raises(TypeError, "Author() got unexpected keyword arguments: 'nane'"):
        Author(nane="x")
    with raises(TypeError, "got both positional and keyword arguments for field 'id'"):
        Author(1, id=2)
    with raises(IndexError, "Number of args exceeds number of fields"):
        Author(1, 2, 3, 4)
    assert Book(title="x").kind == Book.Kind.NOVEL
    assert Book(title="x", kind="essay").get_kind_display() == "Essay"


def test_saving_is_one_statement_and_returns_what_the_database_makes(database: TestDatabase) -> None:
    from tests._orm.sample.models import Book

    # Where an UPDATE gives nothing back, what the database makes is read when it is asked for.
    reading = 0 if database.connection.features.can_return_rows_from_update else 1
    with queries(1):
        book = Book.objects.create(title="One", pages=4)
    with queries(0):
        assert book.pk is not None
        assert book.doubled == 8
        assert book.shelf == "A1"
    book.pages = 5
    with queries(1):
        book.save()
    with queries(reading):
        assert book.doubled == 10
    book.pages = F("pages") + 1
    with queries(1):
        book.save(update_fields=["pages"])
    with queries(2 * reading):
        assert (book.pages, book.doubled) == (6, 12)


def test_forced_saves_and_their_errors(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author, Book

    with raises(ValueError, "Cannot force both insert and updating in model saving."):
        Author(name="a").save(force_insert=True, force_update=True)
    with raises(Author.NotUpdated, "Forced update did not affect any rows."):
        Author(pk=99, name="a").save(force_update=True)
    with raises(ValueError, "do not exist in this model"):
        Author(pk=99, name="a").save(update_fields=["nope"])
    with raises(ValueError, "unsaved related object 'author'"):
        Book(title="x", author=Author(name="new")).save()
    with raises(TypeError, "force_insert must be a bool or tuple."):
        Author(name="a").save(force_insert=1)


def test_relations_remember_and_forget(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author, Book

    one = Author.objects.create(name="One")
    two = Author.objects.create(name="Two")
    book = Book.objects.create(title="x", author=one)
    with queries(0):
        assert book.author is one
    book.author_id = two.pk
    assert book.author == two
    with raises(ValueError, 'must be a "Author" instance'):
        book.author = book
    with raises(TypeError, "Use book_set.set() instead"):
        one.book_set = []
    one.book_set.add(book)
    assert list(one.book_set.all()) == [book]
    one.book_set.clear()
    book.refresh_from_db()
    assert book.author is None
    book.editors.set([one, two])
    assert book.editors.count() == 2
    book.editors.remove(one)
    assert list(two.edited.all()) == [book]
    assert list(one.edited.all()) == []
    assert book.editors.create(name="Three") in book.editors.all()


async def test_both_halves_do_the_same(database: TestDatabase, halves: Halves) -> None:
    from tests._orm.sample.models import Author, Book

    author = await halves(Author.objects.create)(name="One")
    author.name = "Uno"
    await halves(author.save)()
    author.name = "lost"
    await halves(author.refresh_from_db)()
    assert author.name == "Uno"
    book = Book(title="x", author=author)
    await halves(book.save)()
    await halves(book.editors.add)(author)
    assert await halves(author.edited.count)() == 1
    await halves(book.editors.set)([])
    assert await halves(author.edited.count)() == 0
    assert await halves(author.delete)() == (2, {"sample.Book": 1, "sample.Author": 1})


async def test_an_overridden_save_is_what_both_halves_run(database: TestDatabase, halves: Halves) -> None:
    from tests._orm.sample.models import Author

    with isolate_apps("tests._orm.sample"):

        class Loud(Author):
            class Meta:
                app_label = "sample"
                proxy = True

            def save(self, **kwargs: Any) -> None:
                self.name = self.name.upper()
                super().save(**kwargs)

    loud = Loud(name="soft")
    await halves(loud.save)()
    assert loud.name == "SOFT"
    assert (await halves(Author.objects.get)()).name == "SOFT"


def test_deleting_cascades_set_by_set_and_protects(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author, Book, Loan

    author = Author.objects.create(name="One")
    for number in range(20):
        Book.objects.create(title=f"b{number}", author=author)
    with CaptureQueriesContext(connection) as captured:
        assert author.delete() == (21, {"sample.Book": 20, "sample.Author": 1})
    # Books, their loans, their editors, the author; no query per book.
    assert len(captured) < 10, len(captured)
    book = Book.objects.create(title="kept")
    Loan.objects.create(book=book)
    with raises(ProtectedError, "Cannot delete some instances of model 'Book'"):
        book.delete()
    assert Book.objects.filter(pk=book.pk).exists()
    with raises(ValueError, "id attribute is set to None"):
        Author(name="x").delete()


def test_receivers_see_deletions_and_saves(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    seen = []

    def note(sender, signal, **kwargs):
        seen.append((sender.__name__, kwargs.get("created")))

    signals.post_save.connect(note, sender=Author)
    signals.post_delete.connect(note, sender="sample.author")
    author = Author.objects.create(name="One")
    author.save()
    Author.objects.all().delete()
    assert seen == [("Author", True), ("Author", False), ("Author", None)], seen


def test_validation_collects_errors_by_field(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author, Book

    with raises(ValidationError, "This field cannot be blank."):
        Author().full_clean()
    Book.objects.create(title="Taken")
    try:
        Book(title="taken", pages=0, kind="map").full_clean()
    except ValidationError as error:
        found = error.message_dict
    assert "Value 'map' is not a valid choice." in found["kind"]
    assert len(found["__all__"]) == 2, found
    Book(title="free", pages=2).full_clean()


def test_multi_table_inheritance_and_composite_keys(database: TestDatabase) -> None:
    from tests._orm.sample.models import Place, Restaurant, Stop

    restaurant = Restaurant.objects.create(name="R", stars=2)
    assert restaurant.place_ptr_id == restaurant.pk == Place.objects.get().pk
    assert Place.objects.get().restaurant == restaurant
    restaurant.name = "S"
    restaurant.save()
    assert Place.objects.get().name == "S"
    assert restaurant.delete() == (2, {"sample.Restaurant": 1, "sample.Place": 1})
    stop = Stop.objects.create(line=1, number=2)
    assert stop.pk == (1, 2)
    stop.name = "x"
    stop.save()
    assert Stop.objects.get(pk=(1, 2)).name == "x"
    assert Stop(line=1)._is_pk_set() is False
    with raises(ValueError, "'pk' must have 2 elements."):
        stop.pk = (1, 2, 3)
    stop = Stop.objects.get()
    stop.delete()
    assert not Stop.objects.exists()


def test_fetch_modes(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author, Book

    author = Author.objects.create(name="One")
    for number in range(3):
        Book.objects.create(title=f"b{number}", author=author)
    books = list(Book.objects.fetch_mode(models.FETCH_PEERS).defer("title"))
    with queries(1):
        assert sorted(book.title for book in books) == ["b0", "b1", "b2"]
    with queries(1):
        assert {book.author for book in books} == {author}
    blocked = Book.objects.fetch_mode(models.FETCH_RAISE).defer("title").first()
    with raises(FieldFetchBlocked, "Fetching of Book.title blocked."):
        blocked.title
    with raises(AttributeError, "from an unsaved model"):
        Book(title="x").doubled


def test_copies_and_pickles(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    author = Author.objects.create(name="One")
    twin = pickle.loads(pickle.dumps(author))
    assert twin == author
    assert twin._state.db == "default"
    assert copy.copy(author)._state is not author._state
    assert pickle.loads(pickle.dumps(models.FETCH_PEERS)) is models.FETCH_PEERS
    assert pickle.loads(pickle.dumps(Author._meta.get_field("name"))) is Author._meta.get_field("name")
    with raises(TypeError, "Model instances without primary key value are unhashable"):
        hash(Author())


def test_checks_name_what_is_wrong(database: TestDatabase) -> None:
    from tests._orm.sample.models import Book

    with isolate_apps("tests._orm.sample"):

        class Odd(models.Model):
            name = models.CharField()
            far = models.ForeignKey("nowhere.Nothing", models.SET_NULL)

            class Meta:
                app_label = "sample"
                ordering = ["missing"]
                unique_together = [["name", "gone"]]

    found = {message.id for message in Odd.check(databases=["default"])}
    assert {"fields.E300", "fields.E320", "models.E015", "models.E012"} <= found, found
    warnings = [] if database.connection.features.supports_expression_indexes else ["models.W044"]
    assert [message.id for message in Book.check(databases=["default"])] == warnings
