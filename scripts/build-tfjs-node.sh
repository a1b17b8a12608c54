#!/usr/bin/env bash
# Builds the native TensorFlow.js executor without its installer, which downloads libtensorflow from a place that many
# machines cannot reach: the library comes out of PyPI's TensorFlow wheel, the package out of npm, and the binding between
# them is compiled here. Run it again at any time: what is there and loads is left alone.
#
#   bash scripts/build-tfjs-node.sh          @tensorflow/tfjs-node over the CPU wheel (250 MB)
#   bash scripts/build-tfjs-node.sh gpu      @tensorflow/tfjs-node-gpu over the CUDA wheel (650 MB); CUDA itself is the machine's
#
#   FRAMEWITNESS_TFJS_NATIVE   where to build (default: .tfjs-native in the project, where the executor looks too)
#   TENSORFLOW_VERSION         release of the wheel (default 2.19.0)
#   FRAMEWITNESS_CACHE         where the wheel is kept (default: ~/.cache/framewitness)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

flavour=${1:-cpu}
case $flavour in
  cpu) package=tfjs-node wheel=tensorflow-cpu ;;
  gpu) package=tfjs-node-gpu wheel=tensorflow ;;
  *) echo "build-tfjs-node: unknown argument $flavour: give nothing, cpu or gpu" >&2; exit 2 ;;
esac
tfjs=4.22.0
headers=1.9.0
version=${TENSORFLOW_VERSION:-2.19.0}
target=${FRAMEWITNESS_TFJS_NATIVE:-$PWD/.tfjs-native}
cache=${FRAMEWITNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/framewitness}

cannot() { echo "build-tfjs-node: $1" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || cannot "$1 is missing: $2"; }

[ "$(uname -s)" = Linux ] || cannot "this script is for Linux; elsewhere install @tensorflow/$package by npm"
machine=$(uname -m)
case $machine in x86_64 | aarch64) ;; *) cannot "PyPI has no TensorFlow wheel for $machine" ;; esac
need node 'install Node.js 20 or later'
need npm 'it comes with Node.js'
need python3 'install Python 3 with pip (Debian: apt-get install python3-pip)'
python3 -m pip --version >/dev/null 2>&1 || cannot 'python3 has no pip (Debian: apt-get install python3-pip)'
compiler=${CXX:-g++}
need "$compiler" 'install a C++17 compiler (Debian: apt-get install g++), or name one in CXX'

folder=$target/node_modules/@tensorflow/$package
stamp=$folder/deps/built-from
recipe="tfjs $tfjs, $wheel $version, $machine, Node-API $(node -p 'Math.min(8, process.versions.napi)')"
loads() { node scripts/load-tfjs-node.cjs "$folder"; }

if [ "$(cat "$stamp" 2>/dev/null)" = "$recipe" ] && loads; then
  echo "build-tfjs-node: $folder is there and loads ($recipe)"
  exit 0
fi

# 1. The package and the headers of Node-API, without running the installer.
mkdir -p "$target" "$cache"
[ -f "$target/package.json" ] || echo '{ "name": "tfjs-native", "private": true }' > "$target/package.json"
echo "build-tfjs-node: fetching @tensorflow/$package $tfjs"
npm install --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error "@tensorflow/$package@$tfjs" "node-api-headers@$headers" \
  || cannot "npm could not fetch @tensorflow/$package: see its messages above"

# 2. libtensorflow and its C headers, from the wheel. Any Python's pip can fetch it, whatever Python it was made for.
found() { find "$cache" -maxdepth 1 -name "${wheel//-/_}-$version-*_$machine.whl" | head -n 1; }
if [ -z "$(found)" ]; then
  echo "build-tfjs-node: fetching $wheel $version"
  python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" --dest "$cache" "$wheel==$version" \
    || cannot "pip could not fetch $wheel $version for $machine: see its messages above"
fi
rm -rf "$folder/deps" && mkdir -p "$folder/deps/lib"
python3 - "$(found)" "$folder/deps" <<'PYTHON' || cannot "$(found) is damaged: delete it and run this again"
import os, shutil, sys, zipfile
wheel, deps = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
headers = tuple(f'tensorflow/include/{part}/' for part in ('tensorflow/c', 'tensorflow/core/platform', 'tsl', 'xla'))
for name in wheel.namelist():
    if name.startswith('tensorflow/libtensorflow'):
        target = os.path.join(deps, 'lib', os.path.basename(name))
    elif name.startswith(headers) and name.endswith('.h'):
        target = os.path.join(deps, os.path.relpath(name, 'tensorflow'))
    else:
        continue
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with wheel.open(name) as source, open(target, 'wb') as sink:
        shutil.copyfileobj(source, sink)
PYTHON

# 3. The binding. It uses nothing of Node but Node-API, so it needs no node-gyp and serves every Node from 20 on.
binding=$(node -p 'require(process.argv[1]).find(process.argv[2])' "$target/node_modules/@mapbox/node-pre-gyp" "$folder/package.json")
mkdir -p "$(dirname "$binding")"
echo "build-tfjs-node: compiling the binding"
"$compiler" -std=c++17 -O2 -fPIC -shared -w "-DNAPI_VERSION=$(node -p 'Math.min(8, process.versions.napi)')" \
  -I "$folder" -I "$folder/deps/include" -I "$target/node_modules/node-api-headers/include" \
  "$folder/binding/tfjs_backend.cc" "$folder/binding/tfjs_binding.cc" \
  "$folder/deps/lib/libtensorflow_cc.so.2" "$folder/deps/lib/libtensorflow_framework.so.2" \
  '-Wl,-rpath,$ORIGIN/../../deps/lib' -o "$binding" || cannot "$compiler could not compile the binding: see its messages above"
rm -rf "$folder/deps/include"

loads || cannot "the binding was built and does not load: see the message above"
echo "$recipe" > "$stamp"
echo "build-tfjs-node: built $folder ($recipe)"
