from django.apps import AppConfig


class DeviceConfig(AppConfig):
    name = "kolibri.core.device"
    label = "device"
