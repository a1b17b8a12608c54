#!/usr/bin/env bash
# Installs the programs that the tests call beside Node: ffmpeg, ffprobe and a Chromium. framewitness itself needs none of
# them. Debian and its kin, through apt; elsewhere it says what to install. Does nothing where all are there. (Fonts, because
# Debian only recommends them to Chromium, and without any it draws no text.)
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }
has_all() { has ffmpeg && has ffprobe && has_chromium; }
cannot() {
  echo "setup: $1: install ffmpeg (with ffprobe) and chromium by hand, then run this again." >&2
  exit 1
}

packages=()
has ffmpeg && has ffprobe || packages+=(ffmpeg)
has_chromium || packages+=(chromium fonts-liberation)
if [ "${#packages[@]}" -eq 0 ]; then
  echo 'setup: ffmpeg, ffprobe and chromium are there.'
  exit 0
fi

has apt-get || cannot 'this system has no apt-get'
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  has sudo || cannot 'installing packages needs root, and there is no sudo'
  # Nobody is there to type a password where the input is no terminal.
  if [ -t 0 ]; then as_root=(sudo); else
    sudo -n true 2>/dev/null || cannot 'installing packages needs root, and sudo asks for a password'
    as_root=(sudo -n)
  fi
fi

apt() { ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }
echo "setup: installing ${packages[*]} through apt"
apt update || cannot 'apt-get update failed'
apt install -y --no-install-recommends "${packages[@]}" || cannot 'apt-get install failed'
has_all || cannot 'a package was installed, and its program is still not found'
echo 'setup: done.'
