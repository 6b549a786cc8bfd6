"""The channel format's words: kinds, presets, learning activities, schema versions."""

from typing import Final
from typing import Literal

TOPIC: Final = "topic"
VIDEO: Final = "video"
AUDIO: Final = "audio"
DOCUMENT: Final = "document"
HTML5: Final = "html5"
EXERCISE: Final = "exercise"

# The newest schema that `channel_file` reads; the words are those of channels without a version column.
NEWEST_SCHEMA: Final = 5
OLDER_SCHEMAS: Final = frozenset({"unversioned", "v0.2.0-beta1", "v0.4.0-beta3"})

# The files that make a resource; any one of them is enough to open it.
MAIN_PRESETS: Final[dict[str, frozenset[str]]] = {
    VIDEO: frozenset({"high_res_video", "low_res_video", "vector_video"}),
    AUDIO: frozenset({"audio"}),
    DOCUMENT: frozenset({"document", "epub", "bloompub"}),
    HTML5: frozenset({"html5_zip", "kpub", "imscp_zip"}),
    "h5p": frozenset({"h5p"}),
    EXERCISE: frozenset({"exercise", "qti"}),
    "slideshow": frozenset({"slideshow_manifest"}),
    "zim": frozenset({"zim"}),
}
SUBTITLES: Final = "video_subtitle"

# Extensions whose file is a zip: checked for escapes and bombs at import.
ZIPS: Final = frozenset({"zip", "kpub", "h5p", "epub", "perseus", "bloompub", "bloomd"})

Activity = Literal["create", "explore", "listen", "practice", "read", "reflect", "watch"]
_ACTIVITY_CODES: Final[dict[str, Activity]] = {
    "UXADWcXZ": "create",
    "#j8L0eq3": "explore",
    "mkA1R3NU": "listen",
    "VwRCom7G": "practice",
    "wA01urpi": "read",
    "3dSeJhqs": "reflect",
    "UD5UGM0z": "watch",
}
_ACTIVITY_BY_KIND: Final[dict[str, Activity]] = {
    EXERCISE: "practice",
    VIDEO: "watch",
    AUDIO: "listen",
    DOCUMENT: "read",
    HTML5: "explore",
    "h5p": "explore",
    "slideshow": "read",
    "zim": "explore",
}


def activities(kind: str, codes: str | None) -> list[Activity]:
    """Return the activities behind the comma-separated `codes`, or the one that goes with `kind`."""
    named = [_ACTIVITY_CODES[code] for code in (codes or "").split(",") if code in _ACTIVITY_CODES]
    if named:
        return named
    return [_ACTIVITY_BY_KIND[kind]] if kind in _ACTIVITY_BY_KIND else []
