# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Installing Debian packages that are missing. Sourced, with `set -euo pipefail`.

# Prints the names in the sections $2... of the package list $1; a list without sections is one. The
# first word of a line counts.
listed_packages() {
        local file=$1 section='' line
        shift
        while read -r line _; do
                case $line in
                '' | '#'*) ;;
                '['*']') section=${line:1:-1} ;;
                *) if [[ -z $section || " $* " == *" $section "* ]]; then echo "$line"; fi ;;
                esac
        done <"$file"
}

as_root() {
        if [[ $EUID -eq 0 ]]; then
                "$@"
        elif command -v sudo >/dev/null; then
                sudo "$@"
        else
                echo "need root, or sudo, for: $*" >&2
                return 1
        fi
}

# Installs those of "$@" that are not installed.
install_packages() {
        local package status log missing=()
        for package; do
                status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
                [[ $status == installed ]] || missing+=("$package")
        done
        ((${#missing[@]} > 0)) || return 0

        echo "installing ${missing[*]}"
        log=$(mktemp)
        # An update that fails (no network, a sick third-party list) may still leave all that is
        # needed: the installation decides.
        as_root apt-get -o DPkg::Lock::Timeout=600 update >"$log" 2>&1 || true
        if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 \
                install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
                cat -- "$log" >&2
                rm -f -- "$log"
                echo "could not install what is missing" >&2
                return 1
        fi
        rm -f -- "$log"
}
