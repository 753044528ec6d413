"""Models as the documentation describes them: saving, deleting, relations, validation, inheritance."""

from __future__ import annotations

from tests._orm.models_session import run


def test_initialising_refuses_what_is_no_field() -> None:
    run(
        """
        with raises(TypeError, "Author() got unexpected keyword arguments: 'nane'"):
            Author(nane="x")
        with raises(TypeError, "got both positional and keyword arguments for field 'id'"):
            Author(1, id=2)
        with raises(IndexError, "Number of args exceeds number of fields"):
            Author(1, 2, 3, 4)
        assert Book(title="x").kind == Book.Kind.NOVEL
        assert Book(title="x", kind="essay").get_kind_display() == "Essay"
        """
    )


def test_saving_is_one_statement_and_returns_what_the_database_makes() -> None:
    run(
        """
        with queries(1):
            book = Book.objects.create(title="One", pages=4)
        with queries(0):
            assert book.pk == 1
            assert book.doubled == 8
            assert book.shelf == "A1"
        book.pages = 5
        with queries(1):
            book.save()
        with queries(0):
            assert book.doubled == 10
        book.pages = F("pages") + 1
        with queries(1):
            book.save(update_fields=["pages"])
        with queries(0):
            assert (book.pages, book.doubled) == (6, 12)
        """
    )


def test_forced_saves_and_their_errors() -> None:
    run(
        """
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
        """
    )


def test_relations_remember_and_forget() -> None:
    run(
        """
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
        """
    )


def test_async_halves_do_the_same() -> None:
    run(
        """
        import asyncio

        async def work():
            author = await Author.objects.acreate(name="One")
            author.name = "Uno"
            await author.asave()
            await author.arefresh_from_db()
            book = Book(title="x", author=author)
            await book.asave()
            await book.editors.aadd(author)
            await book.editors.aset([])
            assert await author.edited.acount() == 0
            assert await author.adelete() == (2, {"sample.Book": 1, "sample.Author": 1})

        class Loud(Author):
            class Meta:
                app_label = "sample"
                proxy = True

            def save(self, **kwargs):
                self.name = self.name.upper()
                super().save(**kwargs)

        async def overridden():
            loud = Loud(name="soft")
            await loud.asave()
            assert loud.name == "SOFT"

        asyncio.run(work())
        asyncio.run(overridden())
        """
    )


def test_deleting_cascades_set_by_set_and_protects() -> None:
    run(
        """
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
        """
    )


def test_receivers_see_deletions_and_saves() -> None:
    run(
        """
        from hotclub.db.models import signals

        seen = []

        def note(sender, signal, **kwargs):
            seen.append((sender.__name__, kwargs.get("created")))

        signals.post_save.connect(note, sender=Author)
        signals.post_delete.connect(note, sender="sample.author")
        author = Author.objects.create(name="One")
        author.save()
        Author.objects.all().delete()
        assert seen == [("Author", True), ("Author", False), ("Author", None)], seen
        """
    )


def test_validation_collects_errors_by_field() -> None:
    run(
        """
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
        """
    )


def test_multi_table_inheritance_and_composite_keys() -> None:
    run(
        """
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
        """
    )


def test_fetch_modes() -> None:
    run(
        """
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
        """
    )


def test_copies_and_pickles() -> None:
    run(
        """
        import copy, pickle
        author = Author.objects.create(name="One")
        twin = pickle.loads(pickle.dumps(author))
        assert twin == author and twin._state.db == "default"
        assert copy.copy(author)._state is not author._state
        assert pickle.loads(pickle.dumps(models.FETCH_PEERS)) is models.FETCH_PEERS
        assert pickle.loads(pickle.dumps(Author._meta.get_field("name"))) is Author._meta.get_field("name")
        with raises(TypeError, "Model instances without primary key value are unhashable"):
            hash(Author())
        """
    )


def test_checks_name_what_is_wrong() -> None:
    run(
        """
        class Odd(models.Model):
            name = models.CharField()
            far = models.ForeignKey("nowhere.Nothing", models.SET_NULL)

            class Meta:
                app_label = "sample"
                ordering = ["missing"]
                unique_together = [["name", "gone"]]

        found = {message.id for message in Odd.check(databases=["default"])}
        assert {"fields.E300", "fields.E320", "models.E015", "models.E012"} <= found, found
        assert Book.check(databases=["default"]) == []
        """
    )
