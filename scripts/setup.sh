#!/usr/bin/env bash
# Installs the programs that the tests call beside Node: ffmpeg, ffprobe, a Chromium, openssl, and, for their Kafka, Java and Maven,
# which then fetches Kafka's jars. framewitness itself needs none of them. Debian and its kin, through apt; elsewhere it says
# what to install. Does nothing where all are there. (Fonts, because Debian only recommends them to Chromium, and without any it
# draws no text.)
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }
java_command="${JAVA_HOME:+$JAVA_HOME/bin/}java"
# Kafka 4 needs Java 17 or later. `java -version` prints: openjdk version "17.0.15" 2025-04-15
has_java() { has "$java_command" && [ "$("$java_command" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)" -ge 17 ] 2>/dev/null; }
has_all() { has ffmpeg && has ffprobe && has_chromium && has openssl && has_java && has mvn; }
cannot() {
  echo "setup: $1: install ffmpeg (with ffprobe), chromium, openssl, Java 17 or later and maven by hand, then run this again." >&2
  exit 1
}
# So that no test waits for the network, or meets it.
fetch_kafka() {
  classpath=$(mktemp)
  for offline in -o ''; do
    if mvn -q -B $offline -f "$(dirname "${BASH_SOURCE[0]}")/../test/broker/pom.xml" dependency:build-classpath "-Dmdep.outputFile=$classpath" >"$classpath.log" 2>&1; then
      rm -f "$classpath" "$classpath.log"
      return 0
    fi
  done
  cat "$classpath.log" >&2
  rm -f "$classpath" "$classpath.log"
  echo 'setup: Maven could not fetch Kafka, which the tests need: see above, then run this again.' >&2
  exit 1
}

packages=()
has ffmpeg && has ffprobe || packages+=(ffmpeg)
has_chromium || packages+=(chromium fonts-liberation)
has openssl || packages+=(openssl)
has_java || packages+=(default-jre-headless)
has mvn || packages+=(maven)
if [ "${#packages[@]}" -eq 0 ]; then
  fetch_kafka
  echo 'setup: all that the tests call is there.'
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
has_all || cannot 'a package was installed, and its program is still not found, or too old'
fetch_kafka
echo 'setup: done.'
