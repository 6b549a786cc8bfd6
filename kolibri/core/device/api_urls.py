from django.urls import path

from kolibri.core.device.session_api import SessionView

urlpatterns = [path("session/", SessionView.as_view(), name="session")]
