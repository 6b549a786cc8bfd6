#!/bin/sh
# Sign, pack and notarise "dist/Kolibri Desktop.app" as a disk image. On a Mac only; written from
# Apple's documents and never run on one by the people who wrote it.
#
# Without MACOS_IDENTITY the program is signed for this computer alone, and nothing is notarised.
set -eu
cd "$(dirname "$0")/../.."
APP="dist/Kolibri Desktop.app"
VERSION=$(python3 -c 'from kolibri import __version__; print(__version__)')
IMAGE="dist/kolibri-desktop-$VERSION-$(uname -m).dmg"
IDENTITY=${MACOS_IDENTITY:--}

if [ -n "${MACOS_CERTIFICATE:-}" ]; then
    FOLDER=$(mktemp -d)
    trap 'security delete-keychain "$FOLDER/build.keychain" || true; rm -rf "$FOLDER"' EXIT
    WORD=$(openssl rand -hex 16)
    printf '%s' "$MACOS_CERTIFICATE" | base64 --decode >"$FOLDER/certificate.p12"
    security create-keychain -p "$WORD" "$FOLDER/build.keychain"
    security unlock-keychain -p "$WORD" "$FOLDER/build.keychain"
    security import "$FOLDER/certificate.p12" -k "$FOLDER/build.keychain" -P "$MACOS_CERTIFICATE_PASSWORD" -T /usr/bin/codesign
    security set-key-partition-list -S apple-tool:,apple: -s -k "$WORD" "$FOLDER/build.keychain"
    security list-keychains -d user -s "$FOLDER/build.keychain" login.keychain
fi

sign() {
    if [ "$IDENTITY" = - ]; then
        codesign --force --sign - "$@"
    else
        codesign --force --timestamp --options runtime --sign "$IDENTITY" "$@"
    fi
}

# From the inside out: a signature covers what is signed already.
find "$APP/Contents" -type f \( -name '*.so' -o -name '*.dylib' \) -print | while read -r file; do sign "$file"; done
sign --entitlements assets/installer/macos/entitlements.plist "$APP"
codesign --verify --deep --strict "$APP"

FOR_IMAGE=$(mktemp -d)
cp -R "$APP" "$FOR_IMAGE/"
ln -s /Applications "$FOR_IMAGE/Applications"
hdiutil create -volname "Kolibri Desktop" -srcfolder "$FOR_IMAGE" -ov -format UDZO "$IMAGE"
rm -rf "$FOR_IMAGE"

if [ "$IDENTITY" != - ] && [ -n "${MACOS_NOTARY_USER:-}" ]; then
    sign "$IMAGE"
    xcrun notarytool submit "$IMAGE" --wait --apple-id "$MACOS_NOTARY_USER" \
        --password "$MACOS_NOTARY_PASSWORD" --team-id "$MACOS_NOTARY_TEAM"
    # The ticket travels with the image: schools have no internet to ask.
    xcrun stapler staple "$IMAGE"
fi
echo "$IMAGE"
