from hotclub.contrib import admin
from hotclub.db.models import Count
from polls.models import Choice, Comment, Question, Tag, Vote


class ChoiceInline(admin.TabularInline):
    model = Choice
    extra = 2


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    list_display = ["text", "author", "pub_date", "open", "vote_count"]
    list_filter = ["pub_date", "tags"]
    search_fields = ["text", "details"]
    date_hierarchy = "pub_date"
    filter_horizontal = ["tags"]
    list_select_related = ["author"]
    inlines = [ChoiceInline]
    fieldsets = [
        (None, {"fields": ["text", "details", "author"]}),
        ("When", {"fields": ["pub_date", "closes"]}),
        ("Where", {"fields": ["tags"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(votes_total=Count("votes"))

    @admin.display(description="votes", ordering="votes_total")
    def vote_count(self, question):
        return question.votes_total

    @admin.display(boolean=True, description="open")
    def open(self, question):
        return question.is_open


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["__str__", "author", "question", "posted", "hidden"]
    list_filter = ["hidden", "posted"]
    search_fields = ["body", "author__username"]
    list_select_related = ["author", "question"]
    actions = ["hide"]

    @admin.action(description="Hide selected comments")
    def hide(self, request, queryset):
        count = queryset.update(hidden=True)
        self.message_user(request, f"{count} comments hidden.")


@admin.register(Vote)
class VoteAdmin(admin.ModelAdmin):
    list_display = ["voter", "question", "choice", "cast_at"]
    list_select_related = ["voter", "question", "choice"]
    raw_id_fields = ["question", "choice", "voter"]
