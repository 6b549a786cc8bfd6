from django.urls import path

from kolibri.learn import views

app_name = "learn"

urlpatterns = [
    path("", views.lesson_list, name="lessons"),
    path("library/", views.library, name="library"),
    path("library/<hex:node>/", views.library_resource, name="library-resource"),
    path("lesson/<hex:pk>/", views.lesson, name="lesson"),
    path("lesson/<hex:pk>/<hex:node>/", views.resource, name="resource"),
]
