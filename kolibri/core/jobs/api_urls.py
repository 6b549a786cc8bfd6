from django.urls import include
from django.urls import path
from rest_framework import routers

from kolibri.core.jobs.api import JobViewset

router = routers.SimpleRouter()
router.register(r"job", JobViewset, basename="job")

urlpatterns = [path("", include(router.urls))]
