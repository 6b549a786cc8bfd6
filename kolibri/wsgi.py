"""The WSGI application, for kolibri.server.listeners and for any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kolibri.settings.desktop")

application = get_wsgi_application()
