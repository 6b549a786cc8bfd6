"""What every way of running the server shares. Imports with no environment and writes nothing."""

import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from kolibri.settings import environment
from kolibri.settings import static_files

# morango's migration 0007 imports `django.utils.timezone.utc`, which Django 5.0 removed.
if not hasattr(timezone, "utc"):
    timezone.utc = datetime.UTC  # type: ignore[attr-defined]

PACKAGE = Path(__file__).resolve().parent.parent
ASSETS = PACKAGE.parent / "assets"

KOLIBRI_HOME = environment.home()
SECRET_KEY = environment.secret_key(KOLIBRI_HOME)
# Folders that count as attached drives, for computers whose drives are not found by themselves, and for tests.
KOLIBRI_EXTRA_DRIVES = environment.folders("KOLIBRI_DRIVES")
DEBUG = False

# Exact names only; kolibri.server.listeners adds the class's addresses while sharing is on.
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "mptt",
    "morango",
    "kolibri.core",
    "kolibri.core.changes",
    "kolibri.core.auth",
    "kolibri.core.tasks",
    "kolibri.core.jobs",
    "kolibri.core.device",
    "kolibri.core.content",
    "kolibri.core.lessons",
    "kolibri.core.logger",
    "kolibri.core.bin",
    "kolibri.core.backup",
    "kolibri.core.sync",
    "kolibri.core.sync.parcel",
    "kolibri.core.safekeeping",
    "kolibri.core.sync.network",
    "kolibri.ui",
    "kolibri.setup",
    "kolibri.school",
    "kolibri.coach",
    "kolibri.learn",
    "kolibri.computer",
    "kolibri.server",
]

MIDDLEWARE = [
    "kolibri.core.values.middleware.ApiErrorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "kolibri.server.packing.PackingMiddleware",
    "kolibri.server.static_files.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kolibri.core.device.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "kolibri.core.auth.middleware.AuthenticationMiddleware",
    "kolibri.core.logger.middleware.StayMiddleware",
    # Behind language and person: its refusal is a page like any other.
    "kolibri.core.device.middleware.WindowMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "kolibri.ui.middleware.PageHeadersMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kolibri.setup.middleware.SetupFirstMiddleware",
]

ROOT_URLCONF = "kolibri.urls"
WSGI_APPLICATION = "kolibri.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "kolibri.ui.context.page",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "kolibri.core.database.sqlite3",
        "NAME": KOLIBRI_HOME / "db.sqlite3",
        # Threads live as long as the server: opening the file anew costs more than most requests.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # FULL, always: what was acknowledged survives a power cut.
            "init_command": (
                f"PRAGMA journal_mode={environment.journal()}; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=500;"
            ),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "kolibriauth.FacilityUser"
AUTHENTICATION_BACKENDS = ["kolibri.core.auth.backends.FacilityUserBackend"]
LOGIN_URL = "kolibri:ui:sign-in"
# Read and written by Django 3.2 and every later one; docs/passwords.md says why these rounds.
PASSWORD_HASHERS = ["kolibri.core.auth.hashers.SchoolHasher"]
KOLIBRI_PASSWORD_ROUNDS = {"learner": 260_000, "teacher": 600_000}
# Names a device that has been here before, so that nobody can lock it out by guessing elsewhere.
KOLIBRI_DEVICE_COOKIE_NAME = environment.cookie_name("device", SECRET_KEY)
KOLIBRI_SCHOOL_COOKIE_NAME = environment.cookie_name("school", SECRET_KEY)
KOLIBRI_CLASS_COOKIE_NAME = environment.cookie_name("class", SECRET_KEY)

SESSION_ENGINE = "kolibri.core.auth.sessions"
SESSION_COOKIE_NAME = environment.cookie_name("session", SECRET_KEY)
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Ports share cookies, so a token in a cookie could be planted from the content origin.
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "kolibri.ui.views.trouble.forged"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 100

LANGUAGE_CODE = "en"
# Each by its own name: who looks for it cannot read the others.
LANGUAGES = [
    ("ar", "العربيّة"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("sw", "Kiswahili"),
]
LANGUAGE_COOKIE_NAME = environment.cookie_name("language", SECRET_KEY)
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = "kolibri.formats"
USE_I18N = True
USE_TZ = True
# Moments are kept in UTC; people read the hours, and days begin, where the computer stands.
TIME_ZONE = environment.time_zone()

STATIC_URL = f"/static/{static_files.fingerprint([ASSETS / 'web', *sorted(PACKAGE.glob('*/static'))])}/"
STATICFILES_DIRS = [("assets", ASSETS / "web")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# Each address is of one content only.
WHITENOISE_IMMUTABLE_FILE_TEST = f"^{STATIC_URL}"

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["kolibri.core.values.sessions.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["kolibri.core.auth.requests.KolibriAuthPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["kolibri.core.values.rendering.ORJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "kolibri.core.values.parsing.KolibriJSONParser",
        "rest_framework.parsers.FormParser",
        "kolibri.core.values.parsing.KolibriMultiPartParser",
    ],
    "EXCEPTION_HANDLER": "kolibri.core.values.errors.exception_handler",
    "UNAUTHENTICATED_USER": "kolibri.core.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "multipart",
}

MORANGO_INSTANCE_INFO = {"kolibri_desktop": "0.1.0"}
MORANGO_SERIALIZE_OPERATIONS = (
    "kolibri.core.sync.network.operations:NoticeCopy",
    "morango.sync.operations:SerializeOperation",
    "morango.sync.operations:LegacyNetworkSerializeOperation",
    "morango.sync.operations:NetworkSerializeOperation",
)
MORANGO_DEQUEUE_OPERATIONS = (
    "morango.sync.operations:ProducerDequeueOperation",
    "kolibri.core.sync.network.operations:Recount",
    "morango.sync.operations:ReceiverDequeueOperation",
    "morango.sync.operations:LegacyNetworkDequeueOperation",
    "morango.sync.operations:NetworkDequeueOperation",
)
MORANGO_DESERIALIZE_OPERATIONS = (
    "morango.sync.operations:ProducerDeserializeOperation",
    "kolibri.core.sync.network.operations:Place",
    "morango.sync.operations:LegacyNetworkDeserializeOperation",
    "morango.sync.operations:NetworkDeserializeOperation",
)
SILENCED_SYSTEM_CHECKS = [
    # Two users of one name may arrive from a peer; the schema keeps usernames free (see docs/data.md).
    "auth.W004",
]
