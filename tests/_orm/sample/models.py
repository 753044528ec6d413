"""Models of the tests: a library."""

from hotclub.db import models
from hotclub.db.models.functions import Lower


class Author(models.Model):
    name = models.CharField(max_length=50)
    born = models.DateField(null=True, blank=True)

    class Meta:
        app_label = "sample"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    class Kind(models.TextChoices):
        NOVEL = "novel", "Novel"
        ESSAY = "essay", "Essay"

    title = models.CharField(max_length=80)
    author = models.ForeignKey(Author, models.CASCADE, null=True, blank=True)
    editors = models.ManyToManyField(Author, related_name="edited", blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NOVEL)
    pages = models.PositiveIntegerField(default=1)
    doubled = models.GeneratedField(
        expression=models.F("pages") * 2, output_field=models.IntegerField(), db_persist=True
    )
    shelf = models.CharField(max_length=5, db_default="A1")

    class Meta:
        app_label = "sample"
        constraints = [
            models.CheckConstraint(condition=models.Q(pages__gte=1), name="sample_book_pages"),
            models.UniqueConstraint(Lower("title"), name="sample_book_title"),
        ]


class Loan(models.Model):
    book = models.ForeignKey(Book, models.PROTECT)

    class Meta:
        app_label = "sample"


class Place(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "sample"


class Restaurant(Place):
    stars = models.IntegerField(default=0)

    class Meta:
        app_label = "sample"


class Stop(models.Model):
    pk = models.CompositePrimaryKey("line", "number")
    line = models.IntegerField()
    number = models.IntegerField()
    name = models.CharField(max_length=10, default="")

    class Meta:
        app_label = "sample"


class Reader(models.Model):
    card = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=20, default="")
    visits = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "sample"
        constraints = [models.CheckConstraint(condition=models.Q(visits__gte=1), name="sample_reader_visits")]


class Halt(models.Model):
    line = models.IntegerField()
    number = models.IntegerField()
    at = models.ForeignObject(
        Stop, models.CASCADE, from_fields=["line", "number"], to_fields=["line", "number"], related_name="halts"
    )

    class Meta:
        app_label = "sample"


class Paper(models.Model):
    data = models.JSONField(null=True)
    title = models.CharField(max_length=20, default="")
    key = models.UUIDField(null=True)
    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    read_at = models.DateTimeField(null=True)
    done = models.BooleanField(default=False)
    scan = models.BinaryField(null=True)

    class Meta:
        app_label = "sample"
