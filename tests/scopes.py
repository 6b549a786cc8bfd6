"""What the migrations wrote, for tests with real transactions: the test before has emptied every table."""

from importlib import import_module

from django.apps import apps


def add() -> None:
    """Write the certificate scopes that a new school needs."""
    import_module("kolibri.core.auth.migrations.0002_certificate_scopes").add_scopes(apps, None)
