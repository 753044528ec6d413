"""The well-known polls tutorial, parts 1 to 7, as a user follows it: commands typed, files written, pages opened.

Once with the framework's own name, once with `django` imports through the alias. The steps build on one another, so they are
one test each way; every step asserts what the tutorial says one should see.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tutorial.project import Browser, Project, start_project

PASSWORD = "sesame-open-4711"


@pytest.mark.parametrize("package", ["hotclub", "django"])
def test_the_tutorial_can_be_followed(tmp_path: Path, package: str) -> None:
    project = start_project(tmp_path, "mysite", package)
    part_1_a_first_view(project)
    part_2_models_and_admin(project)
    part_3_views_and_templates(project)
    part_4_forms_and_generic_views(project)
    part_5_tests(project)
    part_6_static_files(project)
    part_7_the_admin_to_taste(project)


# -- part 1: requests and responses ------------------------------------------------------------------------------


def part_1_a_first_view(project: Project) -> None:
    assert (project.path / "manage.py").exists()
    assert {path.name for path in (project.path / "mysite").glob("*.py")} == {
        "__init__.py",
        "asgi.py",
        "settings.py",
        "urls.py",
        "wsgi.py",
    }
    with project.served() as browser:
        page = browser.get("/")
        assert page.status == 200
        assert "<html" in page.text.lower()
    project.manage("startapp", "polls")
    project.take_over_names()
    assert (project.path / "polls" / "migrations" / "__init__.py").exists()
    project.write(
        "polls/views.py",
        """
from hotclub.http import HttpResponse


def index(request):
    return HttpResponse("Hello, world. You're at the polls index.")
""",
    )
    project.write(
        "polls/urls.py",
        """
from hotclub.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
]
""",
    )
    project.write(
        "mysite/urls.py",
        """
from hotclub.contrib import admin
from hotclub.urls import include, path

urlpatterns = [
    path("polls/", include("polls.urls")),
    path("admin/", admin.site.urls),
]
""",
    )
    with project.served() as browser:
        assert browser.get("/polls/").text == "Hello, world. You're at the polls index."
        missing = browser.get("/nowhere/")
        assert missing.status == 404
        assert "polls/" in missing.text  # the debug page lists the patterns that were tried


# -- part 2: the database, models, the admin ---------------------------------------------------------------------

MODELS = """
import datetime

from hotclub.db import models
from hotclub.utils import timezone


class Question(models.Model):
    question_text = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")

    def __str__(self):
        return self.question_text

    def was_published_recently(self):
        return self.pub_date >= timezone.now() - datetime.timedelta(days=1)


class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    choice_text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)

    def __str__(self):
        return self.choice_text
"""

API = """
from polls.models import Choice, Question
from hotclub.utils import timezone

assert list(Question.objects.all()) == []
q = Question(question_text="What's new?", pub_date=timezone.now())
q.save()
assert q.id == 1
q.question_text = "What's up?"
q.save()
assert repr(Question.objects.all()) == "<QuerySet [<Question: What's up?>]>"
assert Question.objects.filter(id=1).get() == Question.objects.filter(question_text__startswith="What").get()
assert Question.objects.get(pub_date__year=timezone.now().year) == q
try:
    Question.objects.get(id=2)
except Question.DoesNotExist as error:
    assert str(error) == "Question matching query does not exist."
else:
    raise AssertionError("there is no such question")
assert Question.objects.get(pk=1).was_published_recently() is True
assert list(q.choice_set.all()) == []
q.choice_set.create(choice_text="Not much", votes=0)
q.choice_set.create(choice_text="The sky", votes=0)
c = q.choice_set.create(choice_text="Just hacking again", votes=0)
assert c.question == q
assert q.choice_set.count() == 3
assert Choice.objects.filter(question__pub_date__year=timezone.now().year).count() == 3
q.choice_set.filter(choice_text__startswith="Just hacking").delete()
assert q.choice_set.count() == 2
print("all as it should be")
"""


def part_2_models_and_admin(project: Project) -> None:
    assert "Applying auth.0001_initial" in project.manage("migrate")
    project.write("polls/models.py", MODELS)
    project.edit(
        "mysite/settings.py",
        "INSTALLED_APPS = [\n",
        'INSTALLED_APPS = [\n    "polls.apps.PollsConfig",\n',
    )
    made = project.manage("makemigrations", "polls")
    assert "polls/migrations/0001_initial.py" in made
    assert "Create model Question" in made
    assert "Create model Choice" in made
    sql = project.manage("sqlmigrate", "polls", "0001")
    assert 'CREATE TABLE "polls_question"' in sql
    assert re.search(r'"question_id" bigint NOT NULL REFERENCES "polls_question" \("id"\)', sql)
    assert "no issues" in project.manage("check")
    assert "Applying polls.0001_initial... OK" in project.manage("migrate")
    assert "No migrations to apply" in project.manage("migrate")
    assert "No changes detected" in project.manage("makemigrations")
    assert "all as it should be" in project.manage("shell", "-v", "0", stdin=project.named(API))
    project.manage(
        "createsuperuser",
        "--noinput",
        "--username=admin",
        "--email=admin@example.com",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )
    project.write(
        "polls/admin.py",
        """
from hotclub.contrib import admin

from .models import Question

admin.site.register(Question)
""",
    )
    with project.served() as browser:
        login = browser.get("/admin/")
        assert login.url.endswith("/admin/login/?next=/admin/")
        log_in(browser)
        index = browser.get("/admin/")
        assert "Questions" in index.text
        assert "Groups" in index.text
        assert "What&#x27;s up?" in browser.get("/admin/polls/question/").text
        changed = browser.submit(
            "/admin/polls/question/1/change/",
            {
                "question_text": "What is really up?",
                "pub_date_0": "2026-01-02",
                "pub_date_1": "03:04:05",
                "_save": "Save",
            },
        )
        assert "What is really up?" in changed.text
        assert "was changed successfully" in changed.text
        assert "Changed" in browser.get("/admin/polls/question/1/history/").text


def log_in(browser: Browser) -> None:
    """Log in to the admin."""
    page = browser.submit("/admin/login/?next=/admin/", {"username": "admin", "password": PASSWORD, "next": "/admin/"})
    assert page.status == 200
    assert page.url.endswith("/admin/"), page.text[:2000]


# -- part 3: views and templates ---------------------------------------------------------------------------------


def part_3_views_and_templates(project: Project) -> None:
    project.write(
        "polls/views.py",
        """
from hotclub.http import HttpResponse
from hotclub.shortcuts import get_object_or_404, render

from .models import Question


def index(request):
    latest_question_list = Question.objects.order_by("-pub_date")[:5]
    return render(request, "polls/index.html", {"latest_question_list": latest_question_list})


def detail(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    return render(request, "polls/detail.html", {"question": question})


def results(request, question_id):
    return HttpResponse("You're looking at the results of question %s." % question_id)


def vote(request, question_id):
    return HttpResponse("You're voting on question %s." % question_id)
""",
    )
    project.write(
        "polls/urls.py",
        """
from hotclub.urls import path

from . import views

app_name = "polls"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:question_id>/", views.detail, name="detail"),
    path("<int:question_id>/results/", views.results, name="results"),
    path("<int:question_id>/vote/", views.vote, name="vote"),
]
""",
    )
    project.write(
        "polls/templates/polls/index.html",
        """
{% if latest_question_list %}
  <ul>
  {% for question in latest_question_list %}
    <li><a href="{% url 'polls:detail' question.id %}">{{ question.question_text }}</a></li>
  {% endfor %}
  </ul>
{% else %}
  <p>No polls are available.</p>
{% endif %}
""",
    )
    project.write(
        "polls/templates/polls/detail.html",
        """
<h1>{{ question.question_text }}</h1>
<ul>
{% for choice in question.choice_set.all %}
  <li>{{ choice.choice_text }}</li>
{% endfor %}
</ul>
""",
    )
    with project.served() as browser:
        assert '<a href="/polls/1/">What is really up?</a>' in browser.get("/polls/").text
        detail = browser.get("/polls/1/")
        assert "<li>Not much</li>" in detail.text
        assert "<li>The sky</li>" in detail.text
        assert browser.get("/polls/34/").status == 404
        assert browser.get("/polls/1/results/").text == "You're looking at the results of question 1."
        assert browser.get("/polls/1/vote/").text == "You're voting on question 1."


# -- part 4: forms and generic views -----------------------------------------------------------------------------

VIEWS = """
from hotclub.db.models import F
from hotclub.http import HttpResponseRedirect
from hotclub.shortcuts import get_object_or_404, render
from hotclub.urls import reverse
from hotclub.views import generic

from .models import Choice, Question


class IndexView(generic.ListView):
    template_name = "polls/index.html"
    context_object_name = "latest_question_list"

    def get_queryset(self):
        return Question.objects.order_by("-pub_date")[:5]


class DetailView(generic.DetailView):
    model = Question
    template_name = "polls/detail.html"


class ResultsView(generic.DetailView):
    model = Question
    template_name = "polls/results.html"


def vote(request, question_id):
    question = get_object_or_404(Question, pk=question_id)
    try:
        selected_choice = question.choice_set.get(pk=request.POST["choice"])
    except (KeyError, Choice.DoesNotExist):
        return render(
            request,
            "polls/detail.html",
            {"question": question, "error_message": "You didn't select a choice."},
        )
    selected_choice.votes = F("votes") + 1
    selected_choice.save()
    return HttpResponseRedirect(reverse("polls:results", args=(question.id,)))
"""


def part_4_forms_and_generic_views(project: Project) -> None:
    project.write("polls/views.py", VIEWS)
    project.write(
        "polls/urls.py",
        """
from hotclub.urls import path

from . import views

app_name = "polls"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("<int:pk>/", views.DetailView.as_view(), name="detail"),
    path("<int:pk>/results/", views.ResultsView.as_view(), name="results"),
    path("<int:question_id>/vote/", views.vote, name="vote"),
]
""",
    )
    project.write(
        "polls/templates/polls/detail.html",
        """
<form action="{% url 'polls:vote' question.id %}" method="post">
{% csrf_token %}
<fieldset>
  <legend><h1>{{ question.question_text }}</h1></legend>
  {% if error_message %}<p><strong>{{ error_message }}</strong></p>{% endif %}
  {% for choice in question.choice_set.all %}
    <input type="radio" name="choice" id="choice{{ forloop.counter }}" value="{{ choice.id }}">
    <label for="choice{{ forloop.counter }}">{{ choice.choice_text }}</label><br>
  {% endfor %}
</fieldset>
<input type="submit" value="Vote">
</form>
""",
    )
    project.write(
        "polls/templates/polls/results.html",
        """
<h1>{{ question.question_text }}</h1>
<ul>
{% for choice in question.choice_set.all %}
  <li>{{ choice.choice_text }} -- {{ choice.votes }} vote{{ choice.votes|pluralize }}</li>
{% endfor %}
</ul>
<a href="{% url 'polls:detail' question.id %}">Vote again?</a>
""",
    )
    with project.served() as browser:
        detail = browser.get("/polls/1/")
        assert 'id="choice2"' in detail.text
        results = vote(browser, choice=1)
        assert results.url.endswith("/polls/1/results/")
        assert "Not much -- 1 vote<" in results.text
        assert "The sky -- 0 votes<" in results.text
        assert "Not much -- 2 votes<" in vote(browser, choice=1).text
        assert "You didn&#x27;t select a choice." in vote(browser).text
        assert browser.post("/polls/1/vote/", {"choice": 1}).status == 403  # without the token


def vote(browser: Browser, **values: object):  # type: ignore[no-untyped-def]  # a page
    """Vote with the form of the detail page, which is sent to another URL."""
    page = browser.get("/polls/1/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    return browser.post("/polls/1/vote/", {"csrfmiddlewaretoken": token[1], **values})


# -- part 5: tests -----------------------------------------------------------------------------------------------

TESTS = """
import datetime

from hotclub.test import TestCase
from hotclub.urls import reverse
from hotclub.utils import timezone

from .models import Question


class QuestionModelTests(TestCase):
    def test_was_published_recently_with_future_question(self):
        future_question = Question(pub_date=timezone.now() + datetime.timedelta(days=30))
        self.assertIs(future_question.was_published_recently(), False)

    def test_was_published_recently_with_old_question(self):
        old_question = Question(pub_date=timezone.now() - datetime.timedelta(days=1, seconds=1))
        self.assertIs(old_question.was_published_recently(), False)

    def test_was_published_recently_with_recent_question(self):
        recent = timezone.now() - datetime.timedelta(hours=23, minutes=59, seconds=59)
        self.assertIs(Question(pub_date=recent).was_published_recently(), True)


def create_question(question_text, days):
    time = timezone.now() + datetime.timedelta(days=days)
    return Question.objects.create(question_text=question_text, pub_date=time)


class QuestionIndexViewTests(TestCase):
    def test_no_questions(self):
        response = self.client.get(reverse("polls:index"))
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "No polls are available.")
        self.assertQuerySetEqual(response.context["latest_question_list"], [])

    def test_future_question_and_past_question(self):
        question = create_question(question_text="Past question.", days=-30)
        create_question(question_text="Future question.", days=30)
        response = self.client.get(reverse("polls:index"))
        self.assertQuerySetEqual(response.context["latest_question_list"], [question])


class QuestionDetailViewTests(TestCase):
    def test_future_question(self):
        future_question = create_question(question_text="Future question.", days=5)
        response = self.client.get(reverse("polls:detail", args=(future_question.id,)))
        self.assertEqual(response.status_code, 404)

    def test_past_question(self):
        past_question = create_question(question_text="Past Question.", days=-5)
        response = self.client.get(reverse("polls:detail", args=(past_question.id,)))
        self.assertContains(response, past_question.question_text)
"""


def part_5_tests(project: Project) -> None:
    project.write("polls/tests.py", TESTS)
    failing = project.manage("test", "polls", fails=True)
    assert "Found 7 test(s)." in failing
    assert "FAIL: test_was_published_recently_with_future_question" in failing
    assert "AssertionError: True is not False" in failing
    project.edit(
        "polls/models.py",
        "return self.pub_date >= timezone.now() - datetime.timedelta(days=1)",
        "now = timezone.now()\n        return now - datetime.timedelta(days=1) <= self.pub_date <= now",
    )
    project.edit(
        "polls/views.py",
        'return Question.objects.order_by("-pub_date")[:5]',
        'return Question.objects.filter(pub_date__lte=timezone.now()).order_by("-pub_date")[:5]',
    )
    project.edit(
        "polls/views.py",
        "from hotclub.views import generic",
        "from hotclub.utils import timezone\nfrom hotclub.views import generic",
    )
    project.edit(
        "polls/views.py",
        '    template_name = "polls/detail.html"\n',
        '    template_name = "polls/detail.html"\n\n    def get_queryset(self):\n'
        "        return Question.objects.filter(pub_date__lte=timezone.now())\n",
    )
    passing = project.manage("test", "polls")
    assert "Ran 7 tests" in passing
    assert "OK" in passing
    assert "Destroying test database for alias 'default'" in passing


# -- part 6: static files ----------------------------------------------------------------------------------------


def part_6_static_files(project: Project) -> None:
    project.write("polls/static/polls/style.css", "li a {\n    color: green;\n}\n")
    project.edit(
        "polls/templates/polls/index.html",
        "{% if latest_question_list %}",
        '{% load static %}\n<link rel="stylesheet" href="{% static \'polls/style.css\' %}">\n{% if latest_question_list %}',
    )
    with project.served() as browser:
        page = browser.get("/polls/")
        link = re.search(r'href="([^"]+style\.css)"', page.text)
        assert link
        assert link[1] == "/static/polls/style.css"
        style = browser.get(link[1])
        assert "color: green" in style.text
        assert style.headers["content-type"].startswith("text/css")


# -- part 7: the admin to taste ----------------------------------------------------------------------------------

ADMIN = """
from hotclub.contrib import admin

from .models import Choice, Question


class ChoiceInline(admin.TabularInline):
    model = Choice
    extra = 3


class QuestionAdmin(admin.ModelAdmin):
    fieldsets = [
        (None, {"fields": ["question_text"]}),
        ("Date information", {"fields": ["pub_date"], "classes": ["collapse"]}),
    ]
    inlines = [ChoiceInline]
    list_display = ["question_text", "pub_date", "was_published_recently"]
    list_filter = ["pub_date"]
    search_fields = ["question_text"]


admin.site.register(Question, QuestionAdmin)
"""


def part_7_the_admin_to_taste(project: Project) -> None:
    project.write("polls/admin.py", ADMIN)
    project.edit(
        "polls/models.py",
        "    def was_published_recently(self):",
        '    @admin.display(boolean=True, ordering="pub_date", description="Published recently?")\n'
        "    def was_published_recently(self):",
    )
    project.edit(
        "polls/models.py",
        "from hotclub.db import models",
        "from hotclub.contrib import admin\nfrom hotclub.db import models",
    )
    project.edit("mysite/settings.py", '"DIRS": []', '"DIRS": [BASE_DIR / "templates"]')
    project.write(
        "templates/admin/base_site.html",
        """{% extends "admin/base.html" %}

{% block branding %}
<div id="site-name"><a href="{% url 'admin:index' %}">Polls Administration</a></div>
{% endblock %}
""",
    )
    with project.served() as browser:
        log_in(browser)
        assert "Polls Administration" in browser.get("/admin/").text
        listing = browser.get("/admin/polls/question/").text
        assert "Published recently?" in listing
        assert "By date published" in listing
        assert "What is really up?" in browser.get("/admin/polls/question/?q=really").text
        assert "What is really up?" not in browser.get("/admin/polls/question/?q=nonsense").text
        form = browser.get("/admin/polls/question/add/").text
        assert "Date information" in form
        assert 'name="choice_set-2-choice_text"' in form
        added = browser.submit("/admin/polls/question/add/", new_question())
        assert "was added successfully" in added.text, added.text[:3000]
        assert "<h1>Is the tutorial done?</h1>" in browser.get("/polls/2/").text
        assert "Yes" in browser.get("/polls/2/").text


def new_question() -> dict[str, object]:
    """Return what one fills in to add a question with one choice."""
    values: dict[str, object] = {
        "question_text": "Is the tutorial done?",
        "pub_date_0": "2026-02-03",
        "pub_date_1": "04:05:06",
        "choice_set-TOTAL_FORMS": 3,
        "choice_set-INITIAL_FORMS": 0,
        "choice_set-MIN_NUM_FORMS": 0,
        "choice_set-MAX_NUM_FORMS": 1000,
        "_save": "Save",
    }
    for number, text in enumerate(("Yes", "", "")):
        values |= {f"choice_set-{number}-choice_text": text, f"choice_set-{number}-votes": 0}
    return values
