from django.apps import AppConfig


class ParcelConfig(AppConfig):
    """Carries a school's changes on a stick."""

    name = "kolibri.core.sync.parcel"
    label = "syncparcel"
