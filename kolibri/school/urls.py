from django.urls import path

from kolibri.school.views import class_care
from kolibri.school.views import classes
from kolibri.school.views import lists
from kolibri.school.views import lists_done
from kolibri.school.views import lists_jobs
from kolibri.school.views import many_people
from kolibri.school.views import new_person
from kolibri.school.views import people
from kolibri.school.views import settings

app_name = "school"

urlpatterns = [
    path("", classes.class_list, name="classes"),
    path("class/<hex:pk>/", classes.class_page, name="class"),
    path("class/<hex:pk>/usernames/", classes.usernames, name="usernames"),
    path("class/<hex:pk>/remove/", classes.remove, name="remove"),
    path("class/<hex:pk>/return/", classes.bring_back, name="bring-back"),
    path("settings/", settings.settings, name="settings"),
    path("settings/undo/", settings.undo, name="undo-settings"),
    path("class/<hex:pk>/rename/", class_care.rename, name="rename-class"),
    path("class/<hex:pk>/copy/", class_care.copy, name="copy-class"),
    path("class/<hex:pk>/delete/", class_care.delete, name="delete-class"),
    path("class/<hex:pk>/teachers/add/", class_care.add_coach, name="add-coach"),
    path("class/<hex:pk>/teachers/remove/", class_care.remove_coach, name="remove-coach"),
    path("class/<hex:pk>/people/", many_people.enrol, name="enrol"),
    path("deleted/<hex:pk>/return/", class_care.restore, name="bring-class-back"),
    path("people/", people.people_list, name="people"),
    path("people/many/", many_people.change, name="many-people"),
    path("people/undo/", many_people.undo, name="undo"),
    path("people/new/", new_person.new, name="new-person"),
    path("people/list/", lists.people_from_list, name="list"),
    path("people/list/add/", lists.add, name="list-add"),
    path("people/list/done/<hex:pk>/", lists_done.done, name="list-done"),
    path("people/list/<hex:pk>/undo/", lists_done.undo, name="list-undo"),
    path("people/list/job/<hex:pk>/", lists_jobs.under_way, name="list-job"),
    path("people/list/job/<hex:pk>/stop/", lists_jobs.stop, name="stop-list"),
    path("people/list.csv", lists.as_csv, name="list-csv"),
    path("people/list.xlsx", lists.as_workbook, name="list-xlsx"),
    path("person/<hex:pk>/", people.person, name="person"),
    path("person/<hex:pk>/password/", people.password, name="password"),
    path("person/<hex:pk>/pictures/", people.other_pictures, name="other-pictures"),
    path("person/<hex:pk>/classes/", people.classes, name="person-classes"),
    path("person/<hex:pk>/rights/", people.rights, name="rights"),
    path("person/<hex:pk>/remove/", people.remove, name="remove-person"),
    path("person/<hex:pk>/return/", people.bring_back, name="bring-person-back"),
]
