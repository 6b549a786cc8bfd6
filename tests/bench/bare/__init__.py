"""The least that a window on a Django page can be: the measure for our own start."""
