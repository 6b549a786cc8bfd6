from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """What this computer knows of the computers that it syncs with over the network."""

    name = "kolibri.core.sync.network"
    label = "syncnetwork"
