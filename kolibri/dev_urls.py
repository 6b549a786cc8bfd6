"""All addresses, and in development the API's description: `/api/schema/` and its page `/api/docs/`."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include
from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from drf_spectacular.views import SpectacularSwaggerSplitView

from kolibri import urls
from kolibri.urls import handler400  # noqa: F401  (Django looks for these names here)
from kolibri.urls import handler403  # noqa: F401
from kolibri.urls import handler404  # noqa: F401
from kolibri.urls import handler500  # noqa: F401

# The page sets styles by script; all of its files come from this computer.
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


class PageView(SpectacularSwaggerSplitView):
    """The API's page, which needs no internet."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = _POLICY
        return response


urlpatterns = [
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", PageView.as_view(url_name="api-schema"), name="api-docs"),
    *urls.urlpatterns,
]

if "silk" in settings.INSTALLED_APPS:
    urlpatterns = [path("silk/", include("silk.urls", namespace="silk")), *urlpatterns]
