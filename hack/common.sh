# Shared by the scripts of this directory; source it, do not run it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/osm
venv=$cache/venv

step() { printf '\n==> %s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Runs a long command with its output in a log file and a line of progress every 15 seconds.
# usage: quietly LOG COMMAND...
quietly() {
    local log=$1 started=$SECONDS pid status=0
    shift
    "$@" >"$log" 2>&1 &
    pid=$!
    local next=15
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        if ((SECONDS - started >= next)); then
            printf '    %4d s  %s\n' "$((SECONDS - started))" "$(tail -n 1 "$log" | tr '\r' '\n' | tail -n 1 | cut -c1-100)"
            next=$((next + 15))
        fi
    done
    wait "$pid" || status=$?
    if ((status != 0)); then
        # A build prints its errors long before its end.
        grep -aE 'error:|✘|failed' "$log" | head -n 40 >&2 || true
        tail -n 40 "$log" >&2
        return "$status"
    fi
}
