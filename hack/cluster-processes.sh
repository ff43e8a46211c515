# The processes of a cluster, each known by its process identifier and start time in $state/run/NAME.
# Part of hack/cluster.sh; source it, do not run it.

# The start time of a process, in clock ticks since boot; nothing if it has ended, its exit status read or not.
start_time() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    read -r -a fields <<<"${stat##*) }"
    [[ ${fields[0]} == Z ]] || echo "${fields[19]}"
}

# Prints the process identifier of a program that runs.
pid_of() {
    local pid started
    { read -r pid started <"$state/run/$1"; } 2>/dev/null || return 1
    [[ -n $started && $(start_time "$pid") == "$started" ]] && echo "$pid"
}

# Starts the command line in $state/commands/NAME in a session of its own, unless it runs. It inherits neither open
# files (our locks, or what our caller watches to see us end) nor blocked signals (a caller's thread may block them all).
start() {
    local name=$1 line
    pid_of "$name" >/dev/null && return
    mapfile -d '' -t line <"$state/commands/$name"
    /usr/bin/python3 -c "$detached" "${line[@]}" >>"$state/log/$name.log" 2>&1 </dev/null &
    local pid=$!
    echo "$pid $(start_time "$pid")" >"$state/run/$name"
}

detached='
import os, signal, sys
signal.pthread_sigmask(signal.SIG_SETMASK, [])
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.closerange(3, 4096)
os.setsid()
os.execv(sys.argv[1], sys.argv[1:])
'

# Ends programs, all at once: with the signal given, and those that have not ended after 3 seconds with KILL. (An API
# server waits a minute for its watches.)
stop() {
    local signal=$1 name pid waiting
    shift
    for name in "$@"; do
        pid=$(pid_of "$name") && kill "-$signal" "$pid" 2>/dev/null || true
    done
    for ((waiting = 0; ; waiting++)); do
        local left=0
        for name in "$@"; do
            pid=$(pid_of "$name") || continue
            left=1
            ((waiting < 30)) || kill -KILL "$pid" 2>/dev/null || true
        done
        ((left)) || break
        sleep 0.1
    done
    for name in "$@"; do rm -f "$state/run/$name"; done
}

# One command changes a state at a time.
lock() {
    exec 9>"$state/lock"
    flock 9
}
