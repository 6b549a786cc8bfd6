"""The server without the screens: what stands below them can be tested, and fail, alone."""

from kolibri.settings.desktop import *  # noqa: F403

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kolibri.core.device.middleware.WindowMiddleware",
    "kolibri.core.device.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "tests.server.urls"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("ar", "العربية")]
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
