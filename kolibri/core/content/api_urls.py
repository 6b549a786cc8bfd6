from django.urls import include
from django.urls import path
from rest_framework import routers

from kolibri.core.content.api import ChannelViewset
from kolibri.core.content.api import ContentNodeViewset

router = routers.SimpleRouter()
router.register(r"channel", ChannelViewset, basename="channel")
router.register(r"contentnode", ContentNodeViewset, basename="contentnode")

urlpatterns = [path("", include(router.urls))]
