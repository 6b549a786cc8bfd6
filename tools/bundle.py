"""Compare the built program with the source tree: whatever the program needs must be in it.

build/venv/bin/python tools/bundle.py dist/kolibri-desktop

PyInstaller leaves out what it cannot find, and calls the build good all the same; such a program
starts, and misses a page, a language or a migration. So all that the source tree has is looked for:
our modules, each Django app with its modules (migrations, template tags, commands), each package that
pyproject.toml asks for, each template, catalogue, static file and asset, byte by byte, and what shows
the window: where that is missing the program opens the browser instead, and no trial of its server notices.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import stat
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader

ROOT = Path(__file__).resolve().parent.parent
FOR_DEVELOPERS = {"kolibri.dev_urls", "kolibri.settings.dev", "kolibri.settings.test", "kolibri.core.values.schema"}
# Sources of catalogues and notes for type checkers and packagers are not for the program.
NOT_SHIPPED = {".py", ".pyc", ".pyi", ".po", ".pot", ".typed"}
# Windows refuses paths above 260; this leaves room for the folder that a school installs to.
LONGEST_PATH = 120

# What pywebview loads by name for this system's engine: modules, and files wherever the bundle has them.
WINDOW_MODULES = {
    "linux": {"qtpy", "webview.platforms.qt"},
    "darwin": {"WebKit", "objc", "webview.platforms.cocoa"},
    "win32": {"clr", "clr_loader", "pythonnet", "webview.platforms.edgechromium", "webview.platforms.winforms"},
}
WINDOW_FILES = {
    "linux": ("QtWebEngineCore.abi3.so", "QtWebEngineProcess", "qtwebengine_resources.pak"),
    "darwin": (),
    "win32": (
        "Microsoft.Web.WebView2.Core.dll",
        "Microsoft.Web.WebView2.WinForms.dll",
        "Python.Runtime.dll",
        "amd64/ClrLoader.dll",
        "win-x64/native/WebView2Loader.dll",
    ),
}


def modules_in(program: Path) -> set[str]:
    """Return the names of all Python modules that the program carries."""
    archive = CArchiveReader(str(program))
    (name,) = [name for name in archive.toc if name.endswith(".pyz")]
    return set(archive.open_embedded_archive(name).toc)


def python_of(folder: Path, package: str) -> Iterator[str]:
    """Yield the modules of a package, without those for developers and tests."""
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join([package, *(part for part in parts if part != "__init__")])
        if name not in FOR_DEVELOPERS and not {"tests", "test", "__main__"} & set(parts):
            yield name


def data_of(folder: Path) -> Iterator[Path]:
    """Yield the files that Python does not run but the program reads."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and path.suffix not in NOT_SHIPPED and not {"__pycache__", "tests", "test"} & set(parts):
            yield path


def settings_apps() -> list[str]:
    """Return the Django apps, from settings that must import with nothing in the environment."""
    sys.path.insert(0, str(ROOT))
    from kolibri.settings import desktop

    return list(desktop.INSTALLED_APPS)


def folder_of(package: str) -> Path:
    """Return where an installed package is. Raises SystemExit when it is not."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{package} is not installed here")
    return Path(found.submodule_search_locations[0])


def missing(bundle: Path, root: Path = ROOT) -> list[str]:
    """Return a line for each thing that the bundle lacks or holds in another form, sorted."""
    inside = bundle / "_internal"
    modules = modules_in(program_of(bundle))
    wanted = set(python_of(root / "kolibri", "kolibri")) | set(python_of(root / "app", "app"))
    pairs = [(path, inside / path.relative_to(root)) for path in data_of(root / "kolibri")]
    for name in ("web", "icons", "database"):
        pairs += [(path, inside / path.relative_to(root)) for path in data_of(root / "assets" / name)]
    for app in settings_apps():
        if app.startswith("kolibri."):
            continue
        folder = folder_of(app)
        wanted |= {name for name in python_of(folder, app) if "contrib" not in name.removeprefix("django.contrib.")}
        target = inside / app.replace(".", "/")
        # Other people's apps speak all languages; ours is a choice of them.
        pairs += [(one, target / one.relative_to(folder)) for one in data_of(folder) if "locale" not in one.parts]
    for language in languages(root):
        for name in ("conf", "contrib/auth"):
            one = folder_of("django") / name / "locale" / language / "LC_MESSAGES" / "django.mo"
            pairs.append((one, inside / "django" / name / "locale" / language / "LC_MESSAGES" / "django.mo"))
        catalogue = Path("kolibri", "locale", language, "LC_MESSAGES", "django.mo")
        if language != "en":
            pairs.append((root / catalogue, inside / catalogue))
    wanted |= required(root) | WINDOW_MODULES[system_of(bundle)]
    lines = [f"module {name}" for name in wanted - modules]
    lines += [f"module {name} is for developers" for name in FOR_DEVELOPERS & modules]
    for source, target in dict(pairs).items():
        if not target.is_file():
            lines.append(f"file {target.relative_to(bundle)}")
        elif not source.is_file() or target.read_bytes() != source.read_bytes():
            lines.append(f"file {target.relative_to(bundle)} differs from the source")
    here = [path.relative_to(inside).as_posix() for path in inside.rglob("*")]
    lines += [f"file {name}" for name in WINDOW_FILES[system_of(bundle)] if not ends_one_of(here, name)]
    return sorted([*lines, *unfit(bundle)])


def ends_one_of(paths: list[str], name: str) -> bool:
    """Whether a file of this name, or of this end of a path, is among the paths."""
    return any(path == name or path.endswith(f"/{name}") for path in paths)


def system_of(bundle: Path) -> str:
    """Return the system that the bundle is for, as sys.platform names it."""
    return "win32" if program_of(bundle).suffix == ".exe" else sys.platform


def program_of(bundle: Path) -> Path:
    """Return the program; a bundle for Windows may have been made anywhere."""
    of_windows = bundle / "kolibri-desktop.exe"
    return of_windows if of_windows.exists() else bundle / "kolibri-desktop"


def required(root: Path) -> set[str]:
    """Return the modules of the packages that pyproject.toml asks for: PyInstaller misses those imported by name."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    # Which system a line is for does not matter: pywebview stands there for each of them.
    asked = [*project["dependencies"], *project["optional-dependencies"]["desktop"]]
    names = {plain(re.split(r"[^A-Za-z0-9._-]", line)[0]) for line in asked}
    brings = importlib.metadata.packages_distributions().items()
    return {module for module, packages in brings if names & {plain(package) for package in packages}}


def plain(package: str) -> str:
    """Return a package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", package).lower()


def languages(root: Path) -> list[str]:
    """Return the codes of the languages that the program speaks."""
    return ["en", *sorted(folder.parent.name for folder in (root / "kolibri" / "locale").glob("*/LC_MESSAGES"))]


def unfit(bundle: Path) -> list[str]:
    """Return what file systems and installers cannot take: long paths, links that lead nowhere, files for nobody."""
    found = []
    for path in bundle.rglob("*"):
        name = path.relative_to(bundle).as_posix()
        if len(name) > LONGEST_PATH:
            found.append(f"path {name} is longer than {LONGEST_PATH}")
        if path.is_symlink():
            if program_of(bundle).suffix == ".exe":
                found.append(f"link {name}: Windows has none")
            elif not path.exists():
                found.append(f"link {name} leads nowhere")
        elif not path.stat().st_mode & stat.S_IRUSR:
            found.append(f"file {name} cannot be read")
    return found


def main(words: list[str]) -> int:
    if len(words) != 1:
        print(__doc__)
        return 2
    lines = missing(Path(words[0]).absolute())
    for line in lines:
        print(f"missing in the bundle: {line}" if line.startswith(("module", "file")) else line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
