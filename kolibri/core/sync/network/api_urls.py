from django.urls import include
from django.urls import path
from rest_framework.routers import SimpleRouter

from kolibri.core.sync.network import peers_api
from kolibri.core.sync.network import public_api

# The names of morango's own router, each over our guarded view.
router = SimpleRouter()
router.register("certificates", peers_api.CertificateViewSet, basename="peer-certificate")
router.register("nonces", peers_api.NonceViewSet, basename="peer-nonce")
router.register("syncsessions", peers_api.SyncSessionViewSet, basename="peer-session")
router.register("transfersessions", peers_api.TransferSessionViewSet, basename="peer-transfer")
router.register("buffers", peers_api.BufferViewSet, basename="peer-buffer")
router.register("morangoinfo", peers_api.InfoViewSet, basename="peer-info")

urlpatterns = [
    path("public/info/", public_api.PublicInfo.as_view(), name="public-info"),
    path("public/v1/facility/", public_api.PublicSchools.as_view(), name="public-facility"),
    path("morango/v1/", include(router.urls)),
]
