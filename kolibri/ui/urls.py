from django.urls import path

from kolibri.ui.views import first_steps
from kolibri.ui.views import help
from kolibri.ui.views import home
from kolibri.ui.views import jobs
from kolibri.ui.views import join
from kolibri.ui.views import language
from kolibri.ui.views import me
from kolibri.ui.views import pictures
from kolibri.ui.views import sign_in
from kolibri.ui.views import window

app_name = "ui"

urlpatterns = [
    path("", home.home, name="home"),
    path("alive/", home.alive, name="alive"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/pictures/<hex:pk>/", pictures.sign_in, name="pictures"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("join/", join.join, name="join"),
    path("me/", me.me, name="me"),
    path("me/password/", me.own_password, name="own-password"),
    path("language/", language.choose, name="language"),
    path("jobs/", jobs.chip, name="jobs"),
    path("jobs/<hex:pk>/cancel/", jobs.cancel, name="cancel-job"),
    path("help/", help.topics, name="help"),
    path("help/<slug:topic>/", help.topic, name="help-topic"),
    path("first-steps/put-away/", first_steps.put_away, name="put-away-first-steps"),
    path("open-in-browser/", window.open_in_browser, name="open-in-browser"),
    path("print/", window.print_page, name="print"),
]
