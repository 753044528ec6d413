"""Model forms and generic views know the model they are about."""

from __future__ import annotations

from typing import Any, assert_type

from tests.typing.cases.library import Author, Book

from hotclub import forms
from hotclub.db import models
from hotclub.views import generic


class BookForm(forms.ModelForm[Book]):
    class Meta:
        model = Book
        fields = ["title"]


class PlainForm(forms.ModelForm):
    class Meta:
        model = Author
        fields = ["name"]


class BookView(generic.DetailView[Book]):
    model = Book

    def get_queryset(self) -> models.QuerySet[Book]:
        return super().get_queryset().filter(pages__gt=1)


class BookList(generic.ListView[Book]):
    model = Book
    queryset = Book.objects.order_by("title")


class BookEditing(generic.UpdateView[Book]):
    model = Book
    fields = ["title"]


def forms_and_views(form: BookForm, plain: PlainForm, view: BookView, books: BookList, editing: BookEditing) -> None:
    assert_type(form.instance, Book)
    assert_type(form.save(), Book)
    assert_type(form.save(commit=False).title, str)
    assert_type(plain.save(), Any)
    assert_type(view.get_object(), Book)
    assert_type(view.object.author.name, str)
    assert_type(books.get_queryset().first(), Book | None)
    assert_type(editing.get_object(), Book)
