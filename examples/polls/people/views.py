"""Pages about people: joining, and a person's page."""

from hotclub.contrib import messages
from hotclub.contrib.auth import get_user_model, login
from hotclub.contrib.auth.forms import UserCreationForm
from hotclub.db.models import Count
from hotclub.shortcuts import redirect
from hotclub.views.generic import CreateView, DetailView
from people.models import Profile


class JoinView(CreateView):
    """Make a login and a profile, and log in at once."""

    form_class = UserCreationForm
    template_name = "people/join.html"

    def form_valid(self, form):
        user = form.save()
        Profile.objects.create(user=user, hue=(user.pk * 67) % 360)
        login(self.request, user, backend="hotclub.contrib.auth.backends.ModelBackend")
        messages.success(self.request, f"Welcome, {user.get_username()}!")
        return redirect("polls:index")


class PersonView(DetailView):
    """What a person asked and said."""

    model = get_user_model()
    slug_field = slug_url_kwarg = "username"
    context_object_name = "person"
    template_name = "people/detail.html"

    def get_queryset(self):
        return super().get_queryset().select_related("profile")

    def get_context_data(self, **kwargs):
        questions = self.object.questions.published().annotate(votes_total=Count("votes"))
        comments = self.object.comments.visible().select_related("question")[:10]
        return super().get_context_data(questions=questions, comments=comments, **kwargs)
