from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100)
    age = models.IntegerField()

    class Meta:
        app_label = "site"


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    pages = models.IntegerField()
    price = models.IntegerField()

    class Meta:
        app_label = "site"
        # A slice in order of pages reads 20 rows: what is measured is the ORM, not the database's sorting.
        indexes = [models.Index(fields=["author", "pages"], name="site_book_slice")]


class Folder(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "site"


class Sheet(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "site"


class Note(models.Model):
    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE)
    text = models.CharField(max_length=100)

    class Meta:
        app_label = "site"


class Paper(models.Model):
    folder = models.ForeignKey(Folder, on_delete=models.CASCADE)
    title = models.CharField(max_length=100)

    class Meta:
        app_label = "site"


class Entry(models.Model):
    pk = models.CompositePrimaryKey("shelf", "place")
    shelf = models.IntegerField()
    place = models.IntegerField()
    data = models.JSONField()

    class Meta:
        app_label = "site"
