#!/usr/bin/env bash
# with-engine.sh COMMAND ...: runs a command beside a container engine: the one that answers, else one that is started for it, with a
# folder of its own, and ended with it. Without any the command runs all the same: the tests that need one say that they are skipped.
set -euo pipefail

if docker version >/dev/null 2>&1 || [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  exec "$@"
fi

folder=$(mktemp -d /var/lib/aerostat-engine-XXXXXX)
host="unix://$folder/engine.sock"
# In a session of its own: an interrupt is for the command, which then removes its containers.
setsid dockerd --host "$host" --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" >"$folder/log" 2>&1 &
engine=$!

end() {
  kill "$engine" 2>/dev/null && wait "$engine" || true
  rm -rf "$folder" || true
}
trap end EXIT

for _ in $(seq 60); do
  if DOCKER_HOST=$host docker version >/dev/null 2>&1; then
    export DOCKER_HOST=$host
    break
  fi
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.5
done
if [ -z "${DOCKER_HOST:-}" ]; then
  echo "no container engine: $(tail -n 1 "$folder/log")" >&2
fi
"$@"
