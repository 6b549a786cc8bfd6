from django.urls import include
from django.urls import path
from rest_framework import routers

from kolibri.core.logger.api import ProgressViewset

router = routers.SimpleRouter()
router.register(r"progress", ProgressViewset, basename="progress")

urlpatterns = [path("", include(router.urls))]
