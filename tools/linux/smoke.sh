#!/bin/sh
# Try both packages of dist/ as a school's computer meets them: install, show the window, set a school up, remove.
# For a fresh Debian or Ubuntu and a user who may `sudo`; what is installed there under our name goes.
set -eu
cd "$(dirname "$0")/../.."
SCHOOL=$(mktemp -d)/school
PROFILES=/sys/kernel/security/apparmor/profiles
RESTRICTED=$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null || echo 0)

apt() {
    sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends "$@"
}

look() {
    if [ -n "${DISPLAY:-}" ]; then
        python3 tools/smoke.py "$@"
    else
        xvfb-run --auto-servernum python3 tools/smoke.py "$@"
    fi
}

apt update
if [ -z "${DISPLAY:-}" ]; then apt install xvfb xauth; fi
apt install ./dist/*.deb
if [ "$RESTRICTED" = 1 ]; then
    sudo grep -q '^kolibri-desktop ' "$PROFILES" || { echo "the AppArmor profile is not loaded" >&2; exit 1; }
    echo "the AppArmor profile is loaded"
fi
look /usr/bin/kolibri-desktop --home "$SCHOOL" --window
apt remove kolibri-desktop
[ ! -e /opt/kolibri-desktop ] || { echo "the package left something" >&2; exit 1; }
[ -f "$SCHOOL/db.sqlite3" ] || { echo "the school's data is gone" >&2; exit 1; }

sh dist/*.run
PLACE=$HOME/.local/opt/kolibri-desktop
# Where only a profile lets a program have a sandbox, the one without a password opens the browser: no window.
if [ "$RESTRICTED" = 1 ]; then
    look "$PLACE/current/kolibri-desktop" --home "$SCHOOL"
else
    look "$PLACE/current/kolibri-desktop" --home "$SCHOOL" --window
fi
sh "$PLACE/uninstall.sh" --uninstall
[ ! -e "$PLACE" ] || { echo "the archive left something" >&2; exit 1; }
[ -f "$SCHOOL/db.sqlite3" ] || { echo "the school's data is gone" >&2; exit 1; }
echo "both packages work here"
