from django.urls import path

from kolibri.coach.views import changes
from kolibri.coach.views import classes
from kolibri.coach.views import groups
from kolibri.coach.views import lessons
from kolibri.coach.views import picker
from kolibri.coach.views import reports

app_name = "coach"

urlpatterns = [
    path("", classes.class_list, name="classes"),
    path("class/<hex:pk>/", classes.class_page, name="class"),
    path("class/<hex:pk>/new-lesson/", lessons.new, name="new-lesson"),
    path("class/<hex:pk>/new-group/", groups.new, name="new-group"),
    path("group/<hex:pk>/", groups.group_page, name="group"),
    path("lesson/<hex:pk>/", lessons.show, name="lesson"),
    path("lesson/<hex:pk>/save/", lessons.save, name="save"),
    path("lesson/<hex:pk>/delete/", lessons.delete, name="delete"),
    path("lesson/<hex:pk>/visible/", lessons.visible, name="visible"),
    path("lesson/<hex:pk>/resources/", picker.change, name="resources"),
    path("lesson/<hex:pk>/pick/", picker.pick, name="pick"),
    path("lesson/<hex:pk>/preview/<hex:node>/", picker.preview, name="preview"),
    path("lesson/<hex:pk>/progress/", reports.lesson, name="report"),
    path("lesson/<hex:pk>/progress.csv", reports.lesson_table, name="report-table"),
    path("change/<hex:pk>/undo/", changes.undo, name="undo"),
]
