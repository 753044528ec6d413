"""Questions, their choices, and what people say about them."""

from hotclub.conf import settings
from hotclub.core.exceptions import ValidationError
from hotclub.db import models
from hotclub.urls import reverse
from hotclub.utils import timezone


class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("polls:tag", args=[self.slug])


class QuestionQuerySet(models.QuerySet):
    def published(self):
        """Questions whose publication date has come."""
        return self.filter(pub_date__lte=timezone.now())

    def with_totals(self):
        """Add `votes_total` and `comments_total`, each counted once."""
        return self.annotate(
            votes_total=models.Count("votes", distinct=True),
            comments_total=models.Count("comments", distinct=True, filter=models.Q(comments__hidden=False)),
        )

    def search(self, words):
        """Questions in which every word occurs."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(models.Q(text__icontains=word) | models.Q(details__icontains=word))
        return found


class Question(models.Model):
    text = models.CharField("question", max_length=200)
    details = models.TextField(blank=True, max_length=2000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    tags = models.ManyToManyField(Tag, blank=True, related_name="questions")
    pub_date = models.DateTimeField("date published", default=timezone.now, db_index=True)
    closes = models.DateTimeField(null=True, blank=True, help_text="No votes are taken after this moment.")

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-pub_date", "-pk"]
        get_latest_by = "pub_date"

    def __str__(self):
        return self.text

    def get_absolute_url(self):
        return reverse("polls:detail", args=[self.pk])

    @property
    def is_open(self):
        return self.closes is None or timezone.now() < self.closes

    def clean(self):
        if self.closes and self.pub_date and self.closes <= self.pub_date:
            raise ValidationError({"closes": "A question cannot close before it is published."})

    def results(self):
        """The choices with their votes (`votes_total`), the favourite first."""
        return self.choices.annotate(votes_total=models.Count("votes")).order_by("-votes_total", "pk")


class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    text = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["question", "text"], name="polls_choice_once_a_question")]

    def __str__(self):
        return self.text


class Vote(models.Model):
    """One person's vote; the database itself keeps it to one a question."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="votes")
    choice = models.ForeignKey(Choice, on_delete=models.CASCADE, related_name="votes")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes")
    cast_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "voter"], name="polls_vote_one_a_person")]

    def __str__(self):
        return f"{self.voter}: {self.choice}"


class CommentQuerySet(models.QuerySet):
    def visible(self):
        return self.filter(hidden=False)


class Comment(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments")
    body = models.TextField(max_length=1000)
    posted = models.DateTimeField(auto_now_add=True)
    hidden = models.BooleanField(default=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["posted", "pk"]

    def __str__(self):
        return self.body[:60]
