from hotclub.urls import path
from polls import views

app_name = "polls"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("tags/<slug:slug>/", views.TagView.as_view(), name="tag"),
    path("ask/", views.AskView.as_view(), name="ask"),
    path("<int:pk>/", views.QuestionView.as_view(), name="detail"),
    path("<int:pk>/vote/", views.vote, name="vote"),
    path("<int:pk>/comment/", views.comment, name="comment"),
    path("api/questions/<int:pk>/", views.question_json, name="api"),
]
