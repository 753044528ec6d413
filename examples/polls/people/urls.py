from hotclub.urls import path
from people import views

app_name = "people"
urlpatterns = [
    path("join/", views.JoinView.as_view(), name="join"),
    path("<str:username>/", views.PersonView.as_view(), name="detail"),
]
