#!/usr/bin/env bash
# with-engine.sh COMMAND ...: runs a command beside a container engine: the one that answers, else one that is started for it, with a
# folder of its own, and ended with it. Without any the command runs all the same: the tests that need one say that they are skipped.
set -euo pipefail

if docker version >/dev/null 2>&1 || [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  exec "$@"
fi

folder=$(mktemp -d /var/lib/aerostat-engine-XXXXXX)
host="unix://$folder/engine.sock"

# Its stdin ends when this script is gone, however it went. In a session of its own: an interrupt is for the command, which then
# removes its containers.
# shellcheck disable=SC2016
exec 3> >(exec setsid bash -c '
  dockerd --host "$1" --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/pid" </dev/null >"$0/log" 2>&1 &
  cat >/dev/null
  kill %1 2>/dev/null && wait %1
  rm -rf "$0"
' "$folder" "$host" >/dev/null 2>&1)

end() {
  exec 3>&-
  for _ in $(seq 150); do
    [ -e "$folder" ] || break
    sleep 0.2
  done
}
trap end EXIT

for _ in $(seq 60); do
  if DOCKER_HOST=$host docker version >/dev/null 2>&1; then
    export DOCKER_HOST=$host
    break
  fi
  [ ! -e "$folder/log" ] || ! grep -q "failed to start daemon" "$folder/log" || break
  sleep 0.5
done
if [ -z "${DOCKER_HOST:-}" ]; then
  echo "no container engine: $(tail -n 1 "$folder/log")" >&2
fi
"$@" 3>&-
