from django.urls import path

from kolibri.setup.views import bring
from kolibri.setup.views import content
from kolibri.setup.views import pages
from kolibri.setup.views import recovery
from kolibri.setup.views import stick

app_name = "setup"

urlpatterns = [
    path("", pages.start, name="start"),
    path("language/", pages.language, name="language"),
    path("school/", pages.school, name="school"),
    path("school/draft/", pages.school_draft, name="school-draft"),
    path("school/password/", pages.password_draft, name="password-draft"),
    path("bring/", bring.bring, name="bring"),
    path("bring/around/", bring.around, name="bring-around"),
    path("bring/stop/", bring.stop, name="bring-stop"),
    path("stick/", stick.stick, name="stick"),
    path("class/", pages.classroom, name="classroom"),
    path("class/draft/", pages.class_draft, name="class-draft"),
    path("content/", content.content, name="content"),
    path("content/found/", content.found, name="found"),
    path("content/folder/", content.folder, name="folder"),
    path("finish/", content.finish, name="finish"),
    path("recover/", recovery.recover, name="recover"),
    path("code/", recovery.code, name="code"),
    path("code/new/", recovery.new_code, name="new-code"),
    path("code/written-down/", recovery.code_written_down, name="code-written-down"),
]
