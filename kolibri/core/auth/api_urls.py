from django.urls import include
from django.urls import path
from rest_framework import routers

from kolibri.core.auth.api import ClassroomViewset
from kolibri.core.auth.api import FacilityDatasetViewset
from kolibri.core.auth.api import FacilityUserViewset
from kolibri.core.auth.api import FacilityViewset
from kolibri.core.auth.api import LearnerGroupViewset
from kolibri.core.auth.api import MembershipViewset
from kolibri.core.auth.api import RoleViewset

router = routers.SimpleRouter()
router.register(r"facility", FacilityViewset, basename="facility")
router.register(r"facilitydataset", FacilityDatasetViewset, basename="facilitydataset")
router.register(r"classroom", ClassroomViewset, basename="classroom")
router.register(r"learnergroup", LearnerGroupViewset, basename="learnergroup")
router.register(r"facilityuser", FacilityUserViewset, basename="facilityuser")
router.register(r"membership", MembershipViewset, basename="membership")
router.register(r"role", RoleViewset, basename="role")

urlpatterns = [path("", include(router.urls))]
