"""An admin site on one of the two frameworks: writes what each of its pages answers.

Run as `admin_site.py PACKAGE FOLDER TEMPLATES`: the application below is written into FOLDER and, with the other package, runs
unchanged through the import alias; TEMPLATES is a directory of admin templates that come before the package's own ("" for none).
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

MODELS = """
from django.db import models

class Author(models.Model):
    name = models.CharField(max_length=40)
    email = models.EmailField(blank=True, help_text="Never <b>shown</b>.")
    born = models.DateField(null=True, blank=True)
    def __str__(self):
        return self.name

class Shelf(models.Model):
    label = models.SlugField(unique=True)
    def __str__(self):
        return self.label

class Book(models.Model):
    KINDS = [("n", "Novel"), ("p", "Poems & songs"), ("o", "Other")]
    title = models.CharField("the title", max_length=80)
    slug = models.SlugField()
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    shelves = models.ManyToManyField(Shelf, blank=True)
    kind = models.CharField(max_length=1, choices=KINDS, default="n")
    price = models.DecimalField(max_digits=7, decimal_places=2, default="9.50")
    in_print = models.BooleanField(default=True)
    published = models.DateField(null=True)
    seen = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)
    site = models.URLField(blank=True)
    class Meta:
        ordering = ["title"]
        verbose_name = "book & more"
        verbose_name_plural = "books & more"
    def __str__(self):
        return self.title
    def get_absolute_url(self):
        return f"/books/{self.pk}/"

class Chapter(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    name = models.CharField(max_length=40)
    pages = models.IntegerField(default=1)
    def __str__(self):
        return self.name
"""

ADMIN = """
from django.contrib import admin
from library.models import Author, Book, Chapter, Shelf

admin.site.site_header = "The library"
admin.site.site_title = "Library"
admin.site.index_title = "All shelves"

class ChapterInline(admin.TabularInline):
    model = Chapter
    extra = 1

class BookInline(admin.StackedInline):
    model = Book
    extra = 0
    fields = ["title", "slug", "published"]
    prepopulated_fields = {"slug": ["title"]}
    show_change_link = True

@admin.action(description="Take out of print")
def take_out(modeladmin, request, queryset):
    queryset.update(in_print=False)

@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "kind", "price", "in_print", "published", "shout"]
    list_filter = ["kind", "in_print", "published", "author"]
    list_per_page = 5
    search_fields = ["title", "author__name"]
    search_help_text = "by title or <name>"
    date_hierarchy = "published"
    actions = [take_out]
    inlines = [ChapterInline]
    prepopulated_fields = {"slug": ["title"]}
    filter_horizontal = ["shelves"]
    readonly_fields = ["shout"]
    fieldsets = [
        (None, {"fields": ["title", "slug", ("author", "kind")]}),
        ("More", {"classes": ["collapse"], "description": "With <i>care</i>.", "fields": [
            "price", "in_print", "published", "seen", "notes", "site", "shelves", "shout"]}),
    ]
    @admin.display(description="Shouted", ordering="title")
    def shout(self, book):
        return book.title.upper() if book and book.pk else "unsaved"

@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    inlines = [BookInline]
    save_as = True
    save_on_top = True
    list_display = ["name", "email", "born"]
    list_editable = ["email"]

@admin.register(Shelf)
class ShelfAdmin(admin.ModelAdmin):
    list_display = ["label"]
    view_on_site = False
"""

SETTINGS: dict[str, Any] = {
    "SECRET_KEY": "compared",
    "USE_TZ": True,
    "TIME_ZONE": "UTC",
    "ALLOWED_HOSTS": ["*"],
    "ROOT_URLCONF": "library.urls",
    "STATIC_URL": "/static/",
    "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "INSTALLED_APPS": [
        *(
            f"django.contrib.{name}"
            for name in ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
        ),
        "library",
    ],
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
}

CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]

URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""

BOOKS = "/admin/library/book/"
GETS = [
    "/admin/", "/admin/library/", BOOKS, f"{BOOKS}?p=2", f"{BOOKS}?all=", f"{BOOKS}?q=a", f"{BOOKS}?q=nothing", f"{BOOKS}?kind__exact=p",
    f"{BOOKS}?in_print__exact=0&o=-2.1", f"{BOOKS}?published__year=2020", f"{BOOKS}?published__year=2020&published__month=3",
    f"{BOOKS}?_facets=True", f"{BOOKS}?_popup=1", f"{BOOKS}?_to_field=id&_popup=1", f"{BOOKS}?author__id__exact=1&e=1", f"{BOOKS}?nonsense=1",
    f"{BOOKS}add/", f"{BOOKS}add/?_popup=1", f"{BOOKS}add/?title=Given&author=2", f"{BOOKS}1/change/", f"{BOOKS}1/delete/", f"{BOOKS}1/history/",
    f"{BOOKS}2/history/", f"{BOOKS}99/change/", "/admin/library/author/", "/admin/library/author/add/", "/admin/library/author/1/change/",
    "/admin/library/author/1/change/?_popup=1", "/admin/library/author/1/delete/", "/admin/library/shelf/", "/admin/library/shelf/1/change/",
    "/admin/auth/user/", "/admin/auth/user/add/", "/admin/auth/user/1/change/", "/admin/auth/user/1/password/", "/admin/auth/group/add/",
    "/admin/password_change/", "/admin/nowhere/", "/admin/library/nowhere/",
]  # fmt: skip

EMPTY_INLINES = {
    f"{prefix}_set-{part}": value
    for prefix in ("chapter",)
    for part, value in (("TOTAL_FORMS", "0"), ("INITIAL_FORMS", "0"), ("MIN_NUM_FORMS", "0"), ("MAX_NUM_FORMS", "9"))
}
POSTS: list[tuple[str, dict[str, Any]]] = [
    (BOOKS, {"action": "take_out", "_selected_action": ["1", "2"]}),
    (BOOKS, {"action": "take_out"}),
    (BOOKS, {"action": "delete_selected", "_selected_action": ["1", "2"]}),
    (f"{BOOKS}add/", {**EMPTY_INLINES, "title": "", "slug": "no slug", "price": "dear"}),
    (f"{BOOKS}1/change/", {**EMPTY_INLINES, "title": "T" * 90}),
    (
        f"{BOOKS}add/?_popup=1",
        {**EMPTY_INLINES, "title": "A \"new\" </script>", "slug": "new", "author": "1", "kind": "n", "price": "1", "published": "2021-01-01", "_popup": "1"},
    ),
    (f"{BOOKS}3/delete/", {"post": "yes"}),
    ("/admin/password_change/", {"old_password": "wrong", "new_password1": "a", "new_password2": "b"}),
]  # fmt: skip


def fill(models: Any, user: Any) -> None:
    """Make the rows of the site."""
    authors = [
        models.Author.objects.create(name=name, email=f"{name[0]}@example.com") for name in ("Ann", "Bo <i>", "Cy & Di")
    ]
    shelves = [models.Shelf.objects.create(label=f"shelf-{number}") for number in range(3)]
    for number in range(12):
        book = models.Book.objects.create(
            title=f"Book {number} <&>", slug=f"book-{number}", author=authors[number % 3], kind="npo"[number % 3],
            price=f"{number}.25", in_print=number % 4 > 0, published=f"20{19 + number % 3}-{1 + number % 12:02}-1{number % 9}",
            seen=None if number % 2 else "2022-05-06T07:08:09Z", notes="a\n\nb" * (number % 2), site="https://example.com/?a=1&b=2" * (number % 2),
        )  # fmt: skip
        book.shelves.set(shelves[: number % 3])
        models.Chapter.objects.create(book=book, name=f"Chapter {number}", pages=number)
    for action in (1, 2):
        importlib.import_module("django.contrib.admin.models").LogEntry.objects.create(
            user=user, content_type_id=None, object_id="1", object_repr="Book 0", action_flag=action, change_message="[]",
            action_time="2024-01-02T03:04:05Z",
        )  # fmt: skip


PLAIN: dict[str, Any] = {
    "title": "A <title>", "subtitle": "sub & title", "original": "x < y", "object": "it's", "errors": ["one", "<two>"], "is_popup": False,
    "opts": {"verbose_name": "thing", "verbose_name_plural": "things", "app_label": "library", "model_name": "book"}, "action_list": [],
    "user": {"is_active": True, "is_staff": True, "username": "root"}, "deleted_objects": ["a", ["b", "<c>"]], "model_count": [["books", 2]],
    "objects_name": "things", "has_permission": True, "site_title": "S", "app_list": [], "add": True, "change": False, "has_file_field": True,
    "protected": [], "perms_lacking": ["p & q"], "messages": ["m <b>"], "popup_response_data": "{}", "widget": {"name": "w", "value": "<v>"},
    "email": "a@b", "uid": "MQ", "token": "t-1", "protocol": "https", "domain": "example.com", "site_name": "example", "validlink": True,
    "username": "root", "app_path": "/admin/", "next": "/x/", "choices": [{"selected": True, "query_string": "?a=1&b=2", "display": "<all>"}],
    "show_save": True, "show_delete_link": True, "prepopulated_fields_json": "[]", "media": "", "spec": {"title": "by"}, "text": "word",
}  # fmt: skip
"""A context without objects, for each template by itself."""


def alone(folder: str) -> None:
    """Render every template of the admin with plain data."""
    render_to_string = importlib.import_module("django.template.loader").render_to_string
    for path in sorted(Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file():
            try:
                text = render_to_string(name, PLAIN)
            except Exception as error:  # whatever it is, both must agree on it
                text = f"! {type(error).__name__}"
            print(json.dumps([f"alone {name}", 0, "", text]), flush=True)


def main() -> None:
    """Answer every request of the lists as a line of JSON."""
    package, folder, templates = sys.argv[1:4]
    if package == "hotclub":
        importlib.import_module("hotclub.compat").install_django_alias()
    application = Path(folder) / "library"
    application.mkdir()
    for name, text in (("__init__", ""), ("models", MODELS), ("admin", ADMIN), ("urls", URLS)):
        (application / f"{name}.py").write_text(text, encoding="utf-8")
    sys.path.insert(0, folder)
    importlib.import_module("django.conf").settings.configure(
        **SETTINGS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/site.sqlite3"}},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [templates] if templates else [],
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
            }
        ],
    )
    importlib.import_module("django").setup()
    importlib.import_module("django.core.management").call_command("migrate", verbosity=0, run_syncdb=True)
    when = importlib.import_module("datetime").datetime(2024, 1, 1, tzinfo=importlib.import_module("datetime").UTC)
    users = importlib.import_module("django.contrib.auth").get_user_model().objects
    user = users.create_superuser("root", "root@example.com", "secret")
    salted = importlib.import_module("django.contrib.auth.hashers").make_password("secret", salt="salt" * 6)
    users.update(date_joined=when, password=salted)
    user.refresh_from_db()
    fill(importlib.import_module("library.models"), user)
    client = importlib.import_module("django.test").Client(raise_request_exception=False)

    def show(what: str, answer: Any) -> None:
        print(
            json.dumps([what, answer.status_code, answer.headers.get("Location", ""), answer.content.decode()]),
            flush=True,
        )

    for path in ("/admin/", "/admin/login/"):
        show(f"anonymous {path}", client.get(path))
    show("login refused", client.post("/admin/login/", {"username": "root", "password": "wrong"}))
    client.force_login(user)
    users.update(last_login=when)
    for path in GETS:
        show(path, client.get(path))
    for number, (path, data) in enumerate(POSTS):
        show(f"POST {number} {path}", client.post(path, data))
        show(f"after POST {number}", client.get(BOOKS))
    show("logout", client.post("/admin/logout/"))
    if templates:
        alone(templates)


if __name__ == "__main__":
    main()
