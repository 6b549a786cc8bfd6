#!/bin/sh
# Kolibri Desktop @VERSION@ for one person, with no administrator:
#
#   sh @FILE@                 install, or replace an older version
#   sh @FILE@ --uninstall     remove the program; the school's data stays
#
# The program goes to ~/.local/opt/kolibri-desktop, the school's data is elsewhere
# (~/.local/share/Kolibri Desktop) and is never touched.
# 0: done; 1: it could not be done; 2: not understood; 3: a newer version is installed.
set -eu
VERSION='@VERSION@'
KILOBYTES='@KILOBYTES@'
PAYLOAD='@PAYLOAD@'
SHA256='@SHA256@'
SELF=$0

say() { printf '%s\n' "$*"; }
fail() { status=$1; shift; printf '%s\n' "$*" >&2; exit "$status"; }

[ -n "${HOME:-}" ] || fail 1 "HOME is not set: there is no place to install to."
SHARE=${XDG_DATA_HOME:-$HOME/.local/share}
BASE=$HOME/.local/opt/kolibri-desktop
PROGRAM=$BASE/current/kolibri-desktop
ENTRY=$SHARE/applications/kolibri-desktop.desktop
ICONS=$SHARE/icons/hicolor
LINK=$HOME/.local/bin/kolibri-desktop

stop_running() {
    [ -x "$PROGRAM" ] || return 0
    say "If Kolibri Desktop is running, it is closed now."
    "$PROGRAM" --stop >/dev/null || fail 1 "Kolibri Desktop is running and does not close. Close it, then start this again."
}

refresh() {
    if command -v update-desktop-database >/dev/null; then update-desktop-database -q "$SHARE/applications" || true; fi
}

uninstall() {
    stop_running
    rm -rf -- "$BASE"
    rm -f -- "$ENTRY" "$ICONS/256x256/apps/kolibri-desktop.png" "$ICONS/scalable/apps/kolibri-desktop.svg"
    if [ -L "$LINK" ]; then rm -f -- "$LINK"; fi
    refresh
    say "Kolibri Desktop is removed. The school's data stays where it is."
}

install() {
    if [ -e "$BASE/current/version" ]; then
        installed=$(cat "$BASE/current/version")
        newest=$(printf '%s\n%s\n' "$installed" "$VERSION" | sort -V | tail -n 1)
        [ "$newest" = "$VERSION" ] || fail 3 "Version $installed is installed, which is newer than $VERSION. Nothing was changed."
    fi
    # First of all: a file that was copied halfway must not replace a program that works.
    found=$(tail -c +"$PAYLOAD" "$SELF" | sha256sum | cut -d ' ' -f 1)
    [ "$found" = "$SHA256" ] || fail 1 "This file is damaged. Copy it again. Nothing was changed."
    mkdir -p "$BASE" 2>/dev/null || fail 1 "The folder $BASE cannot be made. Nothing was changed."
    # What an installation left behind that was cut off.
    keep=$(readlink "$BASE/current" || true)
    for one in "$BASE"/version-*; do
        if [ -d "$one" ] && [ "$(basename "$one")" != "$keep" ]; then rm -rf -- "$one"; fi
    done
    free=$(df -Pk "$BASE" | awk 'NR == 2 { print $4 }')
    [ "$free" -gt "$KILOBYTES" ] || fail 1 "There is not enough space: $((KILOBYTES / 1024)) MB are needed, $((free / 1024)) MB are free. Nothing was changed."
    new=version-$VERSION.$$
    mkdir "$BASE/$new" 2>/dev/null || fail 1 "The folder $BASE cannot be written. Nothing was changed."
    say "Copying the program ..."
    tail -c +"$PAYLOAD" "$SELF" | xz -dc | tar -xf - -C "$BASE/$new" --strip-components=3 --no-same-owner ./opt/kolibri-desktop ||
        { rm -rf -- "${BASE:?}/$new"; fail 1 "The program could not be copied. Nothing was changed."; }
    "$BASE/$new/kolibri-desktop" --version >/dev/null ||
        { rm -rf -- "${BASE:?}/$new"; fail 1 "The program does not start on this computer. Nothing was changed."; }
    stop_running
    # One rename: cut off at any moment, there is the old program or the new one.
    sync
    ln -s "$new" "$BASE/current.$$"
    mv -T "$BASE/current.$$" "$BASE/current"
    if [ -n "$keep" ]; then rm -rf -- "${BASE:?}/$keep"; fi

    mkdir -p "$SHARE/applications" "$ICONS/256x256/apps" "$ICONS/scalable/apps" "$HOME/.local/bin"
    cp "$BASE/current/_internal/assets/icons/kolibri-desktop.png" "$ICONS/256x256/apps/"
    cp "$BASE/current/_internal/assets/web/icons/kolibri-desktop.svg" "$ICONS/scalable/apps/"
    # What the shell of a desktop entry reads otherwise in a quoted word, then what sed does.
    quoted=$(printf '"%s"' "$(printf '%s' "$PROGRAM" | sed -e 's/[\\"`$]/\\\\&/g' -e 's/%/%%/g')" | sed -e 's/[\\&|]/\\&/g')
    sed -e "s|@PROGRAM@|$quoted|" "$BASE/current/kolibri-desktop.desktop" >"$ENTRY.$$"
    mv "$ENTRY.$$" "$ENTRY"
    ln -sfn "$PROGRAM" "$LINK"
    cp "$BASE/current/uninstall.sh" "$BASE/uninstall.sh"
    refresh
    say "Kolibri Desktop $VERSION is installed. It is in the menu, under Education."
    say "To remove it: sh '$BASE/uninstall.sh' --uninstall"
}

case "${1:-}" in
    '') [ "$PAYLOAD" != 0 ] || fail 2 "Only --uninstall is understood here."; install ;;
    --uninstall) uninstall ;;
    *) fail 2 "Only --uninstall is understood." ;;
esac
exit 0
