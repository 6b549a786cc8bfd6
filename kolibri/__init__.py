"""The server of Kolibri Desktop: a school's classes, lessons and content."""

__version__ = "0.1.0"
