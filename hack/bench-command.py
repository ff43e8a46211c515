"""What the command osm costs to start, and how large it is; figures as hack/bench.sh takes them.

usage: bench-command.py PROGRAM RUNS    PROGRAM is stripped and has Swift's runtime inside

Fails (1) where the goal was missed.
"""

import json
import os
import statistics
import subprocess
import sys
import time

GOAL = 50  # ms, the median of `osm version --client-only`


def figure(measure, value, unit, **more):
    print(json.dumps({"scenario": "command", "measure": measure, "size": 0, "value": value, "unit": unit} | more,
                     separators=(",", ":")), flush=True)


def main(program, runs):
    linked = subprocess.run(["ldd", program], check=True, stdout=subprocess.PIPE, text=True).stdout
    foreign = [line.split()[0] for line in linked.splitlines() if "swift" in line or "Foundation" in line]
    if foreign:
        sys.exit(f"error: {program} needs {', '.join(foreign)}")
    times, processor = [], []
    for run in range(int(runs) + 3):
        before, begin = os.times(), time.perf_counter()
        subprocess.run([program, "version", "--client-only"], check=True, stdout=subprocess.DEVNULL)
        end, after = time.perf_counter(), os.times()
        # The first ones read the program from the disk.
        if run >= 3:
            times.append((end - begin) * 1000)
            processor.append((after.children_user + after.children_system - before.children_user
                              - before.children_system) * 1000)
    median = statistics.median(times)
    reached = median < GOAL
    figure("version --client-only, median", median, "ms", goal=f"< {GOAL} ms", ok=reached)
    figure("version --client-only, longest", max(times), "ms")
    figure("version --client-only, processor time", statistics.mean(processor), "ms")
    figure("size of the program", os.path.getsize(program) / 1e6, "MB")
    return 0 if reached else 1


sys.exit(main(*sys.argv[1:]))
