"""The program on a teacher's computer: one SQLite file in the home, jobs in memory."""

from kolibri.settings.base import *  # noqa: F403
