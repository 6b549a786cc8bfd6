#!/bin/sh
# Install from the disk image as a teacher would, start with the window, ask the server, install over it, remove.
# On a Mac only; never run on one by the people who wrote it.
set -eu
cd "$(dirname "$0")/../.."
HOME_FOLDER=$(mktemp -d)/school
APP="$HOME/Applications/Kolibri Desktop.app"
PROGRAM="$APP/Contents/MacOS/kolibri-desktop"

install() {
    PLACE=$(mktemp -d)
    hdiutil attach -nobrowse -mountpoint "$PLACE" dist/*.dmg
    rm -rf "$APP"
    mkdir -p "$HOME/Applications"
    cp -R "$PLACE/Kolibri Desktop.app" "$HOME/Applications/"
    hdiutil detach "$PLACE"
}

install
python3 tools/smoke.py "$PROGRAM" --home "$HOME_FOLDER" --window
install
python3 tools/smoke.py "$PROGRAM" --home "$HOME_FOLDER"
rm -rf "$APP"
test -f "$HOME_FOLDER/db.sqlite3"
