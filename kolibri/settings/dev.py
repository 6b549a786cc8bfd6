"""For the people who write this program: templates and static files are read anew on each request."""

from kolibri.settings.base import *  # noqa: F403

DEBUG = True
WHITENOISE_AUTOREFRESH = True
