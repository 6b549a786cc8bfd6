from django.urls import path

from kolibri.school import views

app_name = "school"

urlpatterns = [
    path("", views.class_list, name="classes"),
    path("class/<hex:pk>/", views.class_page, name="class"),
    path("class/<hex:pk>/usernames/", views.usernames, name="usernames"),
    path("class/<hex:pk>/remove/", views.remove, name="remove"),
    path("class/<hex:pk>/return/", views.bring_back, name="bring-back"),
]
