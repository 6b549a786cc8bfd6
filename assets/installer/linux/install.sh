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

# Which language is spoken: the first in the person's list that there is, as the program itself chooses.
SPOKEN=en
wished=${LANGUAGE:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}
while [ -n "$wished" ]; do
    code=${wished%%:*}
    case $wished in *:*) wished=${wished#*:} ;; *) wished= ;; esac
    code=${code%%[_.@]*}
    case $code in
        en | C | POSIX) break ;;
        @LANGUAGES@) SPOKEN=$code; break ;;
    esac
done

# The sentences of tools/linux/sentences.py.
sentence() {
    case $SPOKEN:$1 in
@SENTENCES@
    esac
}

say() { sentence "$1"; }
fail() { sentence "$2" >&2; exit "$1"; }

[ -n "${HOME:-}" ] || fail 1 NO_HOME
SHARE=${XDG_DATA_HOME:-$HOME/.local/share}
BASE=$HOME/.local/opt/kolibri-desktop
PROGRAM=$BASE/current/kolibri-desktop
ENTRY=$SHARE/applications/kolibri-desktop.desktop
ICONS=$SHARE/icons/hicolor
LINK=$HOME/.local/bin/kolibri-desktop

stop_running() {
    [ -x "$PROGRAM" ] || return 0
    say CLOSING
    "$PROGRAM" --stop >/dev/null || fail 1 RUNNING
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
    say REMOVED
}

install() {
    command -v xz >/dev/null || fail 1 NO_XZ
    if [ -e "$BASE/current/version" ]; then
        installed=$(cat "$BASE/current/version")
        newest=$(printf '%s\n%s\n' "$installed" "$VERSION" | sort -V | tail -n 1)
        [ "$newest" = "$VERSION" ] || fail 3 NEWER
    fi
    # First of all: a file that was copied halfway must not replace a program that works.
    found=$(tail -c +"$PAYLOAD" "$SELF" | sha256sum | cut -d ' ' -f 1)
    [ "$found" = "$SHA256" ] || fail 1 DAMAGED
    mkdir -p "$BASE" 2>/dev/null || fail 1 NO_FOLDER
    # What an installation left behind that was cut off.
    keep=$(readlink "$BASE/current" || true)
    for one in "$BASE"/version-*; do
        if [ -d "$one" ] && [ "$(basename "$one")" != "$keep" ]; then rm -rf -- "$one"; fi
    done
    free=$(df -Pk "$BASE" | awk 'NR == 2 { print $4 }')
    [ "$free" -gt "$KILOBYTES" ] || fail 1 NO_ROOM
    new=version-$VERSION.$$
    mkdir "$BASE/$new" 2>/dev/null || fail 1 LOCKED
    say COPYING
    tail -c +"$PAYLOAD" "$SELF" | xz -dc | tar -xf - -C "$BASE/$new" --strip-components=3 --no-same-owner ./opt/kolibri-desktop ||
        { rm -rf -- "${BASE:?}/$new"; fail 1 NOT_COPIED; }
    "$BASE/$new/kolibri-desktop" --version >/dev/null ||
        { rm -rf -- "${BASE:?}/$new"; fail 1 NOT_STARTING; }
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
    say INSTALLED
    say TO_REMOVE
}

case "${1:-}" in
    '') [ "$PAYLOAD" != 0 ] || fail 2 NOT_UNDERSTOOD; install ;;
    --uninstall) uninstall ;;
    *) fail 2 NOT_UNDERSTOOD ;;
esac
exit 0
