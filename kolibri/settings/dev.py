"""For the people who write this program: templates and static files are read anew on each request.

With DATABASE_URL on PostgreSQL, else on the home's SQLite file. With KOLIBRI_SILK=1 the page /silk/
shows the SQL behind each request.
"""

from kolibri.settings import environment
from kolibri.settings.server import *  # noqa: F403
from kolibri.settings.server import INSTALLED_APPS
from kolibri.settings.server import MIDDLEWARE
from kolibri.settings.server import REST_FRAMEWORK

DEBUG = True
WHITENOISE_AUTOREFRESH = True
# Here they do change, at the same address.
WHITENOISE_IMMUTABLE_FILE_TEST = "^$"
INSTALLED_APPS = [*INSTALLED_APPS, "drf_spectacular", "drf_spectacular_sidecar"]
ROOT_URLCONF = "kolibri.dev_urls"
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_SCHEMA_CLASS": "kolibri.core.values.schema.ValuesSchema",
    # Behind JSON, which whoever does not ask for pages still gets.
    "DEFAULT_RENDERER_CLASSES": [
        *REST_FRAMEWORK["DEFAULT_RENDERER_CLASSES"],
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kolibri Desktop",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # All of the page's files come from this computer.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

if environment.flag("KOLIBRI_SILK"):
    INSTALLED_APPS = [*INSTALLED_APPS, "silk"]
    MIDDLEWARE = ["silk.middleware.SilkyMiddleware", *MIDDLEWARE]
