"""Forms of the site: asking, voting, commenting."""

from hotclub import forms
from polls.models import Choice, Comment, Question


class VoteForm(forms.Form):
    choice = forms.ModelChoiceField(
        queryset=Choice.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Pick a choice first.", "invalid_choice": "That is not one of the choices."},
    )

    def __init__(self, question, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["choice"].queryset = question.choices.all()


class CommentForm(forms.ModelForm):
    class Meta:
        model = Comment
        fields = ["body"]
        labels = {"body": "Your comment"}
        widgets = {"body": forms.Textarea(attrs={"rows": 3, "placeholder": "Say something kind or useful"})}


class QuestionForm(forms.ModelForm):
    choices = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One choice a line, two to ten of them.",
    )

    class Meta:
        model = Question
        fields = ["text", "details", "tags"]
        widgets = {"details": forms.Textarea(attrs={"rows": 3}), "tags": forms.CheckboxSelectMultiple}

    field_order = ["text", "choices", "details", "tags"]

    def clean_choices(self):
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        texts = list(dict.fromkeys(lines))
        if not 2 <= len(texts) <= 10:
            raise forms.ValidationError("Give two to ten different choices, one a line.")
        if any(len(text) > 120 for text in texts):
            raise forms.ValidationError("A choice has at most 120 characters.")
        return texts
