#!/bin/sh
# Find which system packages are missing, install them where that is allowed, and otherwise say the one line to type.
#     tools/system_packages.sh venv              what `make lab` needs
#     tools/system_packages.sh venv sandbox browser   what `make test` needs
# Never fails: what stays missing is skipped by the tests, by name.
set -u
PYTHON=${PYTHON:-python3}

has() {
    case $1 in
        venv) "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ;;
        sandbox) command -v bwrap >/dev/null 2>&1 ;;
        browser) command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ;;
        *) echo "system_packages.sh: expected venv, sandbox or browser, got $1" >&2; exit 2 ;;
    esac
}

package() {  # the package of a part ($1) for a package manager ($2)
    case $1:$2 in
        venv:apt-get) echo python3-venv ;;
        venv:*) ;;  # elsewhere it comes with Python
        sandbox:brew) ;;  # Linux only
        sandbox:*) echo bubblewrap ;;
        browser:brew) echo chromium ;;
        browser:*) echo chromium ;;
    esac
}

missing=
for part in "$@"; do
    has "$part" || missing="$missing $part"
done
[ -n "$missing" ] || exit 0

manager=
for candidate in apt-get dnf zypper pacman apk brew; do
    if command -v $candidate >/dev/null 2>&1; then manager=$candidate; break; fi
done
packages=
for part in $missing; do
    packages="$packages $(package "$part" "$manager")"
done
packages=$(echo $packages)
case $manager in
    apt-get) line="apt-get install -y --no-install-recommends $packages" ;;
    dnf | zypper) line="$manager install -y $packages" ;;
    pacman) line="pacman -S --noconfirm $packages" ;;
    apk) line="apk add $packages" ;;
    brew) line="brew install $packages" ;;
    *) line= ;;
esac

root=
if [ "$(id -u)" = 0 ]; then root=yes
elif [ "$manager" != brew ] && command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then root="sudo -n"
fi
if [ -n "$packages" ] && [ -n "$line" ] && [ -n "$root" ] && [ "$manager" != brew ]; then
    [ "$root" = yes ] && root=
    echo "Installing$missing with $manager: $packages"
    if [ "$manager" = apt-get ]; then
        DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND
        $root apt-get update -qq >/dev/null 2>&1
    fi
    $root $line >/dev/null 2>&1
fi

for part in $missing; do
    has "$part" && continue
    case $part in
        venv) what="Python's venv module is missing" ;;
        sandbox) what="bubblewrap, the sandbox for students' code, is missing: tests that need it are skipped" ;;
        browser) what="Chromium is missing: the browser's tests are skipped" ;;
    esac
    name=$(package "$part" "$manager")
    case $manager:$name in
        *:) echo "$what." ;;
        brew:*) echo "$what. To have it: brew install $name" ;;
        :*) echo "$what. To have it, install the package $name with your system's package manager." ;;
        apt-get:*) echo "$what. To have it: sudo apt-get install --no-install-recommends $name" ;;
        pacman:*) echo "$what. To have it: sudo pacman -S $name" ;;
        apk:*) echo "$what. To have it: sudo apk add $name" ;;
        *) echo "$what. To have it: sudo $manager install $name" ;;
    esac
done
exit 0
