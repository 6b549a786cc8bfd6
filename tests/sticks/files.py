"""The bytes of the sample resources, made here so that they carry nobody's rights.

Films and sounds are small files beside this module, made once from test patterns and tones.
"""

import io
import json
import random
import struct
import zipfile
import zlib
from pathlib import Path

MEDIA = Path(__file__).parent / "media"


def media(name: str) -> bytes:
    return (MEDIA / name).read_bytes()


def film(seed: int, size: int) -> bytes:
    """Bytes that only take room and time: nobody plays them."""
    return random.Random(seed).randbytes(size)


def picture(red: int, green: int, blue: int, size: int = 96) -> bytes:
    """A plain square as PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    pixels = (b"\0" + bytes((red, green, blue)) * size) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b"")]
    )


def pdf(*lines: str) -> bytes:
    """One page with a line of text under another (Latin letters)."""
    draw = "\n".join(f"BT /F1 16 Tf 60 {760 - 28 * row} Td ({line}) Tj ET" for row, line in enumerate(lines))
    stream = draw.encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 3 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    page, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(page))
        page += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ending = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(page))
    return page + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + ending


def captions(*lines: str) -> bytes:
    cues = [f"00:0{2 * row}.000 --> 00:0{2 * row + 1}.900\n{line}\n" for row, line in enumerate(lines)]
    return "\n".join(["WEBVTT\n", *cues]).encode()


def archive(entries: dict[str, bytes | str]) -> bytes:
    """A zip with fixed times, so that the same entries give the same bytes; the first entry is not packed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for number, (name, body) in enumerate(entries.items()):
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            target.writestr(entry, body, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)
    return buffer.getvalue()


def app() -> bytes:
    """A page with a script, a style sheet and a picture in folders: beads that can be counted."""
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Beads</title>'
        '<link rel="stylesheet" href="look/beads.css"><h1>How many beads?</h1><p id="beads"></p>'
        '<button id="more">One more</button> <img src="pictures/sky.png" alt="" width="48">'
        '<script src="code/beads.js"></script></html>'
    )
    script = (
        "let count = Number(localStorage.beads) || 3; const show = () => {"
        ' document.querySelector("#beads").textContent = "o ".repeat(count) + count; };'
        " const more = () => { localStorage.beads = ++count; show(); };"
        ' document.querySelector("#more").addEventListener("click", more); show();'
    )
    return archive(
        {
            "index.html": page,
            "look/beads.css": "body { font: 1.2rem sans-serif; } #beads { color: teal; }",
            "code/beads.js": script,
            "pictures/sky.png": picture(70, 130, 220),
        }
    )


def exercise(items: list[str]) -> bytes:
    """One sum after another, each with three answers to choose from."""
    entries: dict[str, bytes | str] = {
        "exercise.json": json.dumps({"mastery_model": "m_of_n", "m": 2, "n": 3, "all_assessment_items": items})
    }
    for number, item in enumerate(items, 2):
        choices = [{"content": str(number * 2 + wrong), "correct": wrong == 0} for wrong in (0, 1, 5)]
        radio = {"type": "radio", "graded": True, "options": {"choices": choices, "randomize": True}}
        question = {"content": f"{number} + {number} = ?\n\n[[☃ radio 1]]", "images": {}, "widgets": {"radio 1": radio}}
        entries[f"{item}.json"] = json.dumps({"question": question, "answerArea": {}, "hints": []})
    return archive(entries)


def leading_out() -> bytes:
    return archive({"index.html": "<p>fine</p>", "../../evil.txt": "evil"})


def lying(entry: str, packing: int, size: int) -> bytes:
    """An app with an entry of `size` zeros, of which the list of entries says that they are twenty."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as target:
        target.writestr("index.html", "<p>wait</p>")
        with target.open(entry, "w") as inside:
            for _piece in range(size // 1_000_000):
                inside.write(bytes(1_000_000))
        listed = target.getinfo(entry)
        listed.file_size, listed.CRC = 20, zlib.crc32(bytes(20))
    return buffer.getvalue()


def bomb() -> bytes:
    """100 MB of nothing in 100 kB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        target.writestr("index.html", "<p>wait</p>")
        with target.open("blank.bin", "w") as entry:
            for _piece in range(100):
                entry.write(b"\0" * 1_000_000)
    return buffer.getvalue()
