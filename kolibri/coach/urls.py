from django.urls import path

from kolibri.coach.views import changes
from kolibri.coach.views import classes
from kolibri.coach.views import copies
from kolibri.coach.views import groups
from kolibri.coach.views import lessons
from kolibri.coach.views import looking
from kolibri.coach.views import own_files
from kolibri.coach.views import paper
from kolibri.coach.views import picker
from kolibri.coach.views import reports

app_name = "coach"

urlpatterns = [
    path("", classes.class_list, name="classes"),
    path("class/<hex:pk>/", classes.class_page, name="class"),
    path("class/<hex:pk>/order/", classes.order, name="order"),
    path("class/<hex:pk>/templates/", copies.templates, name="templates"),
    path("class/<hex:pk>/templates/<hex:template>/use/", copies.use_template, name="use-template"),
    path("class/<hex:pk>/templates/<hex:template>/remove/", copies.remove_template, name="remove-template"),
    path("class/<hex:pk>/templates/<hex:template>/return/", copies.bring_template_back, name="return-template"),
    path("class/<hex:pk>/new-lesson/", lessons.new, name="new-lesson"),
    path("class/<hex:pk>/random-groups/", groups.by_chance, name="random-groups"),
    path("class/<hex:pk>/groups/undo/", groups.undo, name="undo-groups"),
    path("class/<hex:pk>/new-group/", groups.new, name="new-group"),
    path("group/<hex:pk>/", groups.group_page, name="group"),
    path("group/<hex:pk>/delete/", groups.delete, name="delete-group"),
    path("deleted/<hex:pk>/return/", groups.restore, name="bring-group-back"),
    path("lesson/<hex:pk>/", lessons.show, name="lesson"),
    path("lesson/<hex:pk>/save/", lessons.save, name="save"),
    path("lesson/<hex:pk>/delete/", lessons.delete, name="delete"),
    path("lesson/<hex:pk>/visible/", lessons.visible, name="visible"),
    path("lesson/<hex:pk>/archive/", lessons.archive, name="archive"),
    path("lesson/<hex:pk>/copy/", copies.copy, name="copy"),
    path("lesson/<hex:pk>/template/", copies.keep_template, name="keep-template"),
    path("lesson/<hex:pk>/history/", changes.history, name="history"),
    path("class/<hex:pk>/deleted/", changes.deleted, name="deleted"),
    path("lesson/<hex:pk>/as-learner/", looking.as_learner, name="as-learner"),
    path("lesson/<hex:pk>/resources/", picker.change, name="resources"),
    path("lesson/<hex:pk>/own-files/", own_files.add, name="own-files"),
    path("lesson/<hex:pk>/pick/", picker.pick, name="pick"),
    path("lesson/<hex:pk>/preview/<hex:node>/", looking.preview, name="preview"),
    path("lesson/<hex:pk>/progress/", reports.lesson, name="report"),
    path("lesson/<hex:pk>/progress.csv", reports.lesson_table, {"kind": "csv"}, name="report-table"),
    path("lesson/<hex:pk>/progress.xlsx", reports.lesson_table, {"kind": "xlsx"}, name="report-workbook"),
    path("class/<hex:pk>/progress/", reports.classroom, name="class-report"),
    path("class/<hex:pk>/progress.csv", reports.class_table, {"kind": "csv"}, name="class-report-table"),
    path("class/<hex:pk>/progress.xlsx", reports.class_table, {"kind": "xlsx"}, name="class-report-workbook"),
    path("class/<hex:pk>/cards/", paper.cards, name="cards"),
    path("class/<hex:pk>/pictures/", paper.give_pictures, name="give-pictures"),
    path("class/<hex:pk>/list/", paper.class_list, name="paper-list"),
    path("class/<hex:pk>/today/", reports.today, name="today"),
    path("class/<hex:pk>/today.csv", reports.today_table, {"kind": "csv"}, name="today-table"),
    path("class/<hex:pk>/today.xlsx", reports.today_table, {"kind": "xlsx"}, name="today-workbook"),
    path("class/<hex:pk>/learner/<hex:learner>/", reports.learner, name="learner"),
    path("class/<hex:pk>/learner/<hex:learner>.csv", reports.learner_table, {"kind": "csv"}, name="learner-table"),
    path("class/<hex:pk>/learner/<hex:learner>.xlsx", reports.learner_table, {"kind": "xlsx"}, name="learner-workbook"),
    path("change/<hex:pk>/undo/", changes.undo, name="undo"),
]
