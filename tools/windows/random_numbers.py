"""`bcryptprimitives.dll` for Wine 8, which lacks it: everything written in Rust asks it for random numbers.

Every Windows since 8 has the real one, so this is for Wine's own system32 and goes into no package. It
holds no code: its one export is passed on to advapi32, which has the same for older programs.
"""

from __future__ import annotations

import struct

NAME = "bcryptprimitives.dll"
_EXPORT, _TARGET = b"ProcessPrng", b"advapi32.SystemFunction036"
_SECTION, _FILE_ALIGNMENT, _PAGE = 0x1000, 0x200, 0x1000
_X64, _IS_DLL_FOR_LARGE_ADDRESSES = 0x8664, 0x2022
_PE32_PLUS, _READABLE_DATA = 0x20B, 0x40000040


def dll() -> bytes:
    """Return the file (PE format: Microsoft's "PE Format", sections on headers and export forwarders)."""
    exports = _exports()
    padded = -(-len(exports) // _FILE_ALIGNMENT) * _FILE_ALIGNMENT
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    coff = struct.pack("<HHIIIHH", _X64, 1, 0, 0, 0, 240, _IS_DLL_FOR_LARGE_ADDRESSES)
    optional = struct.pack("<HBBIIIII", _PE32_PLUS, 0, 0, 0, padded, 0, 0, 0)
    optional += struct.pack("<QII", 0x180000000, _PAGE, _FILE_ALIGNMENT)
    optional += struct.pack("<HHHHHHI", 6, 0, 0, 0, 6, 0, 0)
    optional += struct.pack("<IIIHH", _SECTION + _PAGE, _FILE_ALIGNMENT, 0, 2, 0)
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional += struct.pack("<II", _SECTION, len(exports)) + bytes(15 * 8)
    section = struct.pack(
        "<8sIIIIIIHHI", b".rdata", len(exports), _SECTION, padded, _FILE_ALIGNMENT, 0, 0, 0, 0, _READABLE_DATA
    )
    return (dos + b"PE\0\0" + coff + optional + section).ljust(_FILE_ALIGNMENT, b"\0") + exports.ljust(padded, b"\0")


def _exports() -> bytes:
    """Return the one section: the export directory, its three tables of one entry, and their names."""
    tables = _SECTION + 40
    names = tables + 10
    module = names
    export = module + len(NAME) + 1
    target = export + len(_EXPORT) + 1
    directory = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, module, 1, 1, 1, tables, tables + 4, tables + 8)
    # An address inside this section means: look there for the name of another library's function.
    return (
        directory
        + struct.pack("<IIH", target, export, 0)
        + b"".join(name + b"\0" for name in (NAME.encode("ascii"), _EXPORT, _TARGET))
    )
