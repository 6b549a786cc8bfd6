"""The list that an export carries of what was put on the stick."""

import json
import stat
from pathlib import Path
from typing import Any
from typing import Final

from kolibri.core.content import paths

# A quarter of a million ids. What is read of it takes up to twenty times as much memory.
MOST_BYTES: Final = 10_000_000


def read(content: Path) -> dict[tuple[str, int], frozenset[str]]:
    """Return, by channel id and version, the ids of the folders and resources that were exported.

    Empty when there is no list or it makes no sense: then whatever is on the stick is taken.
    """
    path = content / "manifest.json"
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > MOST_BYTES:
            return {}
        said = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    channels = said.get("channels") if isinstance(said, dict) else None
    found: dict[tuple[str, int], frozenset[str]] = {}
    for entry in channels if isinstance(channels, list) else []:
        key, nodes = _entry(entry)
        if key is not None:
            found[key] = found.get(key, frozenset()) | nodes
    return found


def _entry(entry: Any) -> tuple[tuple[str, int] | None, frozenset[str]]:
    if not isinstance(entry, dict):
        return None, frozenset()
    channel, version, nodes = entry.get("id"), entry.get("version"), entry.get("include_node_ids")
    if not paths.is_id(channel) or type(version) is not int or not isinstance(nodes, list):
        return None, frozenset()
    return (str(channel), version), frozenset(node for node in nodes if paths.is_id(node))
