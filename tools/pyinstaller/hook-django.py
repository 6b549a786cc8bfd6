"""In the place of PyInstaller's own hook, which imports all of Django for its administration and for maps too.

build_desktop.spec names what the program takes of Django; this takes a third of the time of a build.
"""
