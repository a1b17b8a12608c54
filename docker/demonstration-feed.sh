#!/bin/sh
# Publishes the sample again and again, each time as a stream of its own that ends: something to look at in the dashboard.
#   FEED_REPETITIONS    how often; 0: without end
#   FEED_PAUSE_SECONDS  from the end of one to the next
set -eu

# A signal has to end the pause too, and dash takes none while a program runs in its foreground.
child=''
end() {
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
  [ -z "$child" ] || wait "$child" || true
  exit 0
}
trap end TERM INT
run() {
  "$@" &
  child=$!
  wait "$child"
  child=''
}

count=0
while [ "$FEED_REPETITIONS" -eq 0 ] || [ "$count" -lt "$FEED_REPETITIONS" ]; do
  count=$((count + 1))
  run node bin/framewitness.js ingest examples/sample/sample.mp4 --topology docker/topology.yaml --stream "demonstration-$(date -u +%Y%m%dT%H%M%SZ)-$count" --end-of-stream
  [ "$count" -eq "$FEED_REPETITIONS" ] || run sleep "$FEED_PAUSE_SECONDS"
done
