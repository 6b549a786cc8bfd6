"""A stick for another school: channels, installers, a page to start from and checksums, safely written."""
