"""For the people who write this program: templates and static files are read anew on each request.

With DATABASE_URL on PostgreSQL, else on the home's SQLite file.
"""

from kolibri.settings.server import *  # noqa: F403

DEBUG = True
WHITENOISE_AUTOREFRESH = True
