from tools import vendored


def test_every_file_of_others_is_named_with_its_checksum() -> None:
    assert (vendored.ASSETS / "VENDORED.md").read_text("utf-8") == vendored.page()


def test_every_part_has_its_licence_beside_it() -> None:
    for name, _version, _licence, folder, _purpose in vendored.PARTS:
        assert any("LICENSE" in path.name for path in folder.iterdir()), name
