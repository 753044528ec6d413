"""Pages of the site. Lists and details are generic views; voting is a function; the JSON answer is an async view."""

from hotclub.contrib import messages
from hotclub.contrib.auth.decorators import login_required
from hotclub.contrib.auth.mixins import LoginRequiredMixin
from hotclub.db import IntegrityError, transaction
from hotclub.http import JsonResponse
from hotclub.shortcuts import aget_object_or_404, get_object_or_404, redirect, render
from hotclub.utils import timezone
from hotclub.views.decorators.http import require_POST
from hotclub.views.generic import CreateView, DetailView, ListView
from polls.forms import CommentForm, QuestionForm, VoteForm
from polls.models import Choice, Question, Tag, Vote


class IndexView(ListView):
    """The newest questions, by page; `?q=` searches."""

    paginate_by = 8
    context_object_name = "questions"
    template_name = "polls/index.html"

    def get_queryset(self):
        found = Question.objects.published().with_totals().order_by("-pub_date", "-pk")
        found = found.select_related("author").prefetch_related("tags")
        words = self.request.GET.get("q", "").strip()
        return found.search(words) if words else found

    def get_context_data(self, **kwargs):
        words = self.request.GET.get("q", "").strip()
        return super().get_context_data(words=words, tags=Tag.objects.all(), **kwargs)


class TagView(IndexView):
    """The questions of one tag."""

    def get_queryset(self):
        self.tag = get_object_or_404(Tag, slug=self.kwargs["slug"])
        return super().get_queryset().filter(tags=self.tag)

    def get_context_data(self, **kwargs):
        return super().get_context_data(tag=self.tag, **kwargs)


def question_context(request, question, **forms):
    """What the page of a question shows; `forms` replaces the empty ones after an error."""
    results = list(question.results())
    total = sum(choice.votes_total for choice in results)
    for choice in results:
        choice.percent = round(100 * choice.votes_total / total) if total else 0
    user = request.user
    mine = question.votes.filter(voter=user).select_related("choice").first() if user.is_authenticated else None
    return {
        "question": question,
        "results": results,
        "total": total,
        "my_vote": mine,
        "comments": question.comments.visible().select_related("author__profile"),
        "vote_form": VoteForm(question),
        "comment_form": CommentForm(),
        **forms,
    }


class QuestionView(DetailView):
    """A question: its choices, its result, its comments."""

    template_name = "polls/detail.html"

    def get_queryset(self):
        return Question.objects.published().select_related("author__profile").prefetch_related("tags")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**question_context(self.request, self.object), **kwargs)


@login_required
@require_POST
def vote(request, pk):
    """Take a vote. Two at once from the same person end as one: the database refuses the second."""
    question = get_object_or_404(Question.objects.published(), pk=pk)
    if not question.is_open:
        messages.error(request, "This question is closed.")
        return redirect(question)
    form = VoteForm(question, request.POST)
    if not form.is_valid():
        return render(request, "polls/detail.html", question_context(request, question, vote_form=form), status=400)
    try:
        with transaction.atomic():
            Vote.objects.create(question=question, choice=form.cleaned_data["choice"], voter=request.user)
    except IntegrityError:
        messages.warning(request, "You have voted on this question already.")
    else:
        messages.success(request, "Your vote counts.")
    return redirect(question)


@login_required
@require_POST
def comment(request, pk):
    """Add a comment."""
    question = get_object_or_404(Question.objects.published(), pk=pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return render(request, "polls/detail.html", question_context(request, question, comment_form=form), status=400)
    form.instance.question = question
    form.instance.author = request.user
    form.save()
    messages.success(request, "Thank you for your comment.")
    return redirect(question)


class AskView(LoginRequiredMixin, CreateView):
    """Ask a question with its choices."""

    form_class = QuestionForm
    template_name = "polls/ask.html"

    def form_valid(self, form):
        with transaction.atomic():
            form.instance.author = self.request.user
            question = form.save()
            Choice.objects.bulk_create(Choice(question=question, text=text) for text in form.cleaned_data["choices"])
        messages.success(self.request, "Your question is online.")
        return redirect(question)


async def question_json(request, pk):
    """A question and its result as JSON, without a thread."""
    question = await aget_object_or_404(Question.objects.published().select_related("author"), pk=pk)
    choices = [{"text": choice.text, "votes": choice.votes_total} async for choice in question.results()]
    return JsonResponse(
        {
            "id": question.pk,
            "question": question.text,
            "author": question.author.get_username(),
            "open": question.closes is None or timezone.now() < question.closes,
            "choices": choices,
        }
    )
