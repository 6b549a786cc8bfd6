from django.urls import path

from kolibri.computer.views import about
from kolibri.computer.views import arrivals
from kolibri.computer.views import backups
from kolibri.computer.views import channel
from kolibri.computer.views import content
from kolibri.computer.views import deleting
from kolibri.computer.views import parts
from kolibri.computer.views import poster
from kolibri.computer.views import sharing
from kolibri.computer.views import stick
from kolibri.computer.views import sync
from kolibri.computer.views import sync_joining
from kolibri.computer.views import sync_stick

app_name = "computer"

urlpatterns = [
    path("", about.about, name="about"),
    path("language/", about.speak, name="speak"),
    path("jobs/clear/", about.clear_jobs, name="clear-jobs"),
    path("jobs/<hex:pk>/again/", about.do_again, name="do-again"),
    path("content/", content.content, name="content"),
    path("content/now/", content.now, name="now"),
    path("content/folder/", content.folder, name="folder"),
    path("content/import/", content.import_channels, name="import"),
    path("content/import/<hex:pk>/go-on/", content.go_on, name="go-on"),
    path("content/import/<hex:pk>/put-away/", content.put_away, name="put-away"),
    path("content/parts/<hex:source>/<hex:pk>/", parts.parts, name="parts"),
    path("content/library/", content.library, name="library"),
    path("content/channel/<hex:pk>/", channel.channel, name="channel"),
    path("content/channel/<hex:pk>/delete/", deleting.delete_channel, name="delete-channel"),
    path("content/own-file/<hex:pk>/delete/", deleting.delete_own_file, name="delete-own-file"),
    path("stick/", stick.stick, name="stick"),
    path("stick/folder/", stick.folder, name="stick-folder"),
    path("stick/make/", stick.make, name="make-stick"),
    path("sync/waiting/", arrivals.arrivals, name="arrivals"),
    path("sync/waiting/again/", arrivals.again, name="arrivals-again"),
    path("sync/stick/", sync_stick.sync_stick, name="sync-stick"),
    path("sync/stick/folder/", sync_stick.folder, name="sync-stick-folder"),
    path("sync/stick/save/", sync_stick.save, name="sync-stick-save"),
    path("sync/stick/look/", sync_stick.look, name="sync-stick-look"),
    path("sync/stick/<hex:pk>/bring-in/", sync_stick.bring_in, name="sync-stick-bring-in"),
    path("sync/stick/<hex:pk>/stop/", sync_stick.stop, name="sync-stick-stop"),
    path("sync/stick/ask/", sync_joining.ask, name="sync-stick-ask"),
    path("sync/stick/who/", sync_joining.look, name="sync-stick-who"),
    path("sync/stick/sign/", sync_joining.sign, name="sync-stick-sign"),
    path("sync/stick/join/", sync_joining.join, name="sync-stick-join"),
    path("sync/", sync.sync, name="sync"),
    path("sync/around/", sync.around, name="sync-around"),
    path("sync/door/", sync.door, name="sync-door"),
    path("sync/add/", sync.add, name="sync-add"),
    path("sync/<hex:pk>/now/", sync.now, name="sync-now"),
    path("sync/<hex:pk>/stop/", sync.stop, name="sync-stop"),
    path("sync/<hex:pk>/schedule/", sync.schedule, name="sync-schedule"),
    path("sync/<hex:pk>/forget/", sync.forget, name="sync-forget"),
    path("backups/", backups.backups, name="backups"),
    path("backups/folder/", backups.folder, name="backups-folder"),
    path("backups/save/", backups.save, name="backups-save"),
    path("backups/bring-back/", backups.bring_back, name="backups-bring-back"),
    path("backups/open/", backups.bring_back_from, name="backups-open"),
    path("backups/leave/", backups.leave, name="backups-leave"),
    path("backups/<hex:pk>/stop/", backups.stop, name="backups-stop"),
    path("share/", sharing.share, name="share"),
    path("share/poster/", poster.poster, name="poster"),
    path("share/state/", sharing.state, name="share-state"),
    path("share/start/", sharing.start, name="share-start"),
    path("share/stop/", sharing.stop, name="share-stop"),
    path("share/again/", sharing.again, name="share-again"),
]
