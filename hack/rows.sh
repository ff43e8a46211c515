# Steps in rows: the rows run side by side, the steps of a row one after the other; most steps wait more than they compute.
# Shared by the scripts of this directory; source it after common.sh, do not run it.

# Runs rows of steps. What a step prints is printed whole when it has ended, so that two steps do not mix; meanwhile there is
# a line for each from time to time. After a failure the other rows end their steps and begin no other; then this fails, too.
# The logs stay in DIRECTORY.
# usage: run_rows DIRECTORY ROW...    a row: lines of TITLE: COMMAND, the words of a command separated by one blank
run_rows() {
    local directory=$1 row process processes=() status=0
    shift
    rm -rf "$directory"
    mkdir -p "$directory"
    # Groups of their own: a signal ends a row with all that it started.
    set -m
    for row in "$@"; do
        run_row "$directory" "$row" &
        processes+=($!)
    done
    tell_progress "$directory" &
    local progress=$!
    set +m
    trap 'end_rows INT "$progress" "${processes[@]}"' INT
    trap 'end_rows TERM "$progress" "${processes[@]}"' TERM
    for process in "${processes[@]}"; do wait "$process" || status=1; done
    kill -- "-$progress"
    wait "$progress" 2>/dev/null || true
    trap - INT TERM
    ((status == 0)) || fail "failed: $(paste -s -d , "$directory/failed" | sed 's/,/, /g'); the logs are in $directory"
}

# usage: run_row DIRECTORY ROW
run_row() {
    local directory=$1 title words log started status
    while IFS= read -r title; do
        [[ ! -e $directory/failed ]] || return 1
        read -r -a words <<<"${title##*: }"
        title=${title%: *}
        log=$directory/${title//[^a-z0-9]/-}.log
        started=$SECONDS status=0
        printf '==> %s: begun\n' "$title"
        echo "$title" >"$log.running"
        "${words[@]}" </dev/null >"$log" 2>&1 || status=$?
        rm "$log.running"
        ((status == 0)) || echo "$title" >>"$directory/failed"
        {
            flock 9
            printf '\n==> %s: status %d after %d s\n' "$title" "$status" "$((SECONDS - started))"
            cat "$log"
        } 9>"$directory/print.lock"
        ((status == 0)) || return 1
    done <<<"$2"
}

# What runs, and the last line of each, once a minute.
# usage: tell_progress DIRECTORY
tell_progress() {
    local file
    while sleep 60; do
        for file in "$1"/*.running; do
            [[ -e $file ]] || continue
            printf '    %5d s  %s: %s\n' "$SECONDS" "$(<"$file")" "$(tail -n 1 "${file%.running}" | cut -c1-90)"
        done
    done
}

# usage: end_rows SIGNAL PROCESS...
end_rows() {
    trap - INT TERM
    kill "-$1" -- "${@/#/-}" 2>/dev/null || true
    wait
    exit 130
}
