#!/bin/sh
# Makes .venv and what Qt needs from the system; says what it does and does nothing twice.
#   .ci/setup.sh run    the program
#   .ci/setup.sh test   the program and what its tests need
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
say() { printf 'okaeri: %s\n' "$*"; }
fail() { printf 'okaeri: %s\n' "$*" >&2; exit 1; }

PYTHON=${PYTHON:-python3}
command -v "$PYTHON" >/dev/null 2>&1 || fail "no $PYTHON found; install Python 3.11, 3.12 or 3.13"
"$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
    fail "$("$PYTHON" --version) is not supported; use Python 3.11, 3.12 or 3.13 (PYTHON=python3.12 make $kind)"

# --- the system: asked for only where something is missing ------------------------------------
qt="libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0"
xcb="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"
wanted=$qt
if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then wanted="$wanted $xcb"; fi
# venv without ensurepip is how Debian ships python3 alone
"$PYTHON" -c 'import ensurepip, venv' >/dev/null 2>&1 || wanted="$wanted python3-venv"

if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
    missing=""
    for package in $wanted; do
        # Ubuntu 24.04 renamed libglib2.0-0 to libglib2.0-0t64: a package that "provides" counts too
        dpkg-query -W -f '${Status}\n' "$package" "${package}t64" 2>/dev/null | grep -q 'install ok installed' ||
            missing="$missing $package"
    done
    if [ -n "$missing" ]; then
        if [ "$(id -u)" = 0 ]; then as_root=""
        elif command -v sudo >/dev/null 2>&1; then as_root="sudo"
        else fail "these system packages are missing and neither root nor sudo is at hand:$missing"
        fi
        say "installing system packages${as_root:+ with sudo}:$missing"
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
        # shellcheck disable=SC2086 # a list of names
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    fi
else
    "$PYTHON" -c 'import ensurepip, venv' >/dev/null 2>&1 || fail "this Python has no venv module; install it"
    say "not a Debian system: the libraries that Qt needs (EGL, GL, D-Bus, fontconfig, xkbcommon) are taken as present"
fi

# --- the Python side ---------------------------------------------------------------------------
lock=requirements.lock
[ "$kind" = test ] && lock=requirements-test.lock
stamp=.venv/.okaeri-$kind
want="$(cat "$lock" pyproject.toml .ci/setup.sh | cksum) $("$PYTHON" --version 2>&1) $(pwd)"
# An environment of another Python, or one that lacks pip, is made anew
if [ "$(.venv/bin/python --version 2>&1)" != "$("$PYTHON" --version 2>&1)" ] ||
    ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
    say "making .venv with $("$PYTHON" --version 2>&1)"
    rm -rf .venv
    "$PYTHON" -m venv .venv
fi
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]; then
    say "installing Okaeri and what it needs into .venv ($lock)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
    printf '%s' "$want" >"$stamp"
fi
