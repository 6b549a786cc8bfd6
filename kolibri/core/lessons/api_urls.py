from django.urls import include
from django.urls import path
from rest_framework import routers

from kolibri.core.lessons.api import LessonAssignmentViewset
from kolibri.core.lessons.api import LessonViewset

router = routers.SimpleRouter()
router.register(r"lesson", LessonViewset, basename="lesson")
router.register(r"lessonassignment", LessonAssignmentViewset, basename="lessonassignment")

urlpatterns = [path("", include(router.urls))]
