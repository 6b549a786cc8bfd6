from django.urls import path

from kolibri.computer.views import about
from kolibri.computer.views import channel
from kolibri.computer.views import content
from kolibri.computer.views import deleting
from kolibri.computer.views import poster
from kolibri.computer.views import sharing

app_name = "computer"

urlpatterns = [
    path("", about.about, name="about"),
    path("jobs/clear/", about.clear_jobs, name="clear-jobs"),
    path("jobs/<hex:pk>/again/", about.do_again, name="do-again"),
    path("content/", content.content, name="content"),
    path("content/now/", content.now, name="now"),
    path("content/folder/", content.folder, name="folder"),
    path("content/import/", content.import_channels, name="import"),
    path("content/import/<hex:pk>/go-on/", content.go_on, name="go-on"),
    path("content/import/<hex:pk>/put-away/", content.put_away, name="put-away"),
    path("content/channel/<hex:pk>/", channel.channel, name="channel"),
    path("content/channel/<hex:pk>/delete/", deleting.delete_channel, name="delete-channel"),
    path("share/", sharing.share, name="share"),
    path("share/poster/", poster.poster, name="poster"),
    path("share/state/", sharing.state, name="share-state"),
    path("share/start/", sharing.start, name="share-start"),
    path("share/stop/", sharing.stop, name="share-stop"),
]
