"""The figures of hack/bench.sh: gathers them while programs run, and makes a table, a file, a plot or a comparison of them.

usage: bench-report.py follow FIGURES        figures of the standard input to the end of a file, all else to the terminal
       bench-report.py close FIGURES MACHINE [--json FILE] [--plot PREFIX]
                                             the table; fails (1) where a goal was missed
       bench-report.py compare A.json B.json what differs between two runs
FIGURES holds a figure as JSON in each line, MACHINE one `name: value` in each; both are of hack/bench.sh.
"""

import datetime
import json
import math
import sys

# What the size is, by how a scenario's name begins.
SIZES = {"compile": "services", "edit smi": "services", "edit permissive": "services", "sidecar": "services"}
SIZES |= {"list pods": "pods", "start": "pods", "churn": "events a second", "permissive": "services"}
SIZES |= dict.fromkeys(("edit", "memory", "neighbours", "storm", "restart"), "proxies")
HEADINGS = ("scenario", "size", "measure", "value", "unit", "goal", "ok")


def number(value):
    """A number in few digits: all of a whole one, four of another."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    digits = 0 if abs(value) >= 1000 else 3 - math.floor(math.log10(abs(value)))
    return f"{value:.{min(max(digits, 0), 9)}f}"


def cells(figure):
    ok = figure.get("ok")
    return (
        figure["scenario"],
        str(figure["size"] or ""),
        figure["measure"],
        number(figure["value"]),
        figure["unit"],
        figure.get("goal", ""),
        "" if ok is None else "yes" if ok else "MISSED",
    )


def table(headings, rows, right):
    """Rows in columns as wide as they need; those named in `right` end at their right side."""
    widths = [max(len(row[place]) for row in [headings, *rows]) for place in range(len(headings))]
    for row in [headings, ["-" * width for width in widths], *rows]:
        columns = [
            cell.rjust(width) if heading in right else cell.ljust(width)
            for cell, width, heading in zip(row, widths, headings)
        ]
        print("  ".join(columns).rstrip())


def follow(path):
    with open(path, "a", encoding="utf-8") as file:
        for line in sys.stdin:
            if not line.startswith('{"scenario":'):
                print(f"    {line.rstrip()}", flush=True)
                continue
            figure = json.loads(line)
            file.write(line)
            file.flush()
            goal = f"  (goal {figure['goal']}: {cells(figure)[6]})" if "goal" in figure else ""
            size = f" {figure['size']}," if figure["size"] else ""
            shown = f"{number(figure['value'])} {figure['unit']}"
            print(f"    {figure['scenario']},{size} {figure['measure']}: {shown}{goal}", flush=True)


def close(figures_path, machine_path, options):
    with open(figures_path, encoding="utf-8") as file:
        figures = [json.loads(line) for line in file]
    with open(machine_path, encoding="utf-8") as file:
        machine = dict(line.rstrip("\n").split(": ", 1) for line in file)
    if "--json" in options:
        commit = machine.pop("commit", "")
        date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        with open(options["--json"], "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "commit": commit, "date": date, "figures": figures}, file, indent=1)
            file.write("\n")
    if "--plot" in options:
        plot(figures, options["--plot"])
    print()
    if not figures:
        sys.exit("no figures")
    table(HEADINGS, [cells(figure) for figure in figures], right=("size", "value"))
    missed = [figure for figure in figures if figure.get("ok") is False]
    held = sum(figure.get("ok") is True for figure in figures)
    print(f"\n{len(figures)} figures, {held + len(missed)} with a goal, {len(missed)} missed")
    for figure in missed:
        scenario, size, measure, value, unit, goal, _ = cells(figure)
        print(f"missed: {scenario}{' ' + size if size else ''}, {measure}: {value} {unit}, goal {goal}")
    sys.exit(1 if missed else 0)


def compare(first_path, second_path):
    runs = []
    for path in (first_path, second_path):
        with open(path, encoding="utf-8") as file:
            runs.append(json.load(file))
    for name, run in zip("AB", runs):
        print(f"{name}: {run['commit']}  {run['date']}  {run['machine'].get('processor', '')}")
    places = [
        {(figure["scenario"], figure["size"], figure["measure"], figure["unit"]): figure for figure in run["figures"]}
        for run in runs
    ]
    rows = []
    for key in list(places[0]) + [key for key in places[1] if key not in places[0]]:
        first, second = places[0].get(key), places[1].get(key)
        if first and second and first["value"] == second["value"]:
            continue
        change = ""
        if first and second and first["value"]:
            change = f"{(second['value'] / first['value'] - 1) * 100:+.1f} %"
        verdict = "".join(
            f" {name} misses {figure['goal']}"
            for name, figure in zip("AB", (first, second))
            if figure and figure.get("ok") is False
        )
        values = [number(figure["value"]) if figure else "none" for figure in (first, second)]
        rows.append((key[0], str(key[1] or ""), key[2], *values, key[3], change, verdict.strip()))
    print()
    if not rows:
        print("no differences")
        return
    table(
        ("scenario", "size", "measure", "A", "B", "unit", "change", "goals"),
        rows,
        right=("size", "A", "B", "change"),
    )


# More lines than this cannot be told apart.
LINES = 8


def panels_of(figures):
    """What is drawn: of each scenario and unit the measures that were taken at two sizes or more, at most LINES to a panel.

    Yields (title, scenario, unit, {line: {size: figure}}).
    """
    groups = {}
    for figure in figures:
        if figure["size"]:
            group = groups.setdefault((figure["scenario"], figure["unit"]), {})
            group.setdefault(figure["measure"], {})[figure["size"]] = figure
    for (scenario, unit), series in groups.items():
        series = {measure: points for measure, points in series.items() if len(points) > 1}
        if len(series) <= LINES:
            if series:
                yield scenario, scenario, unit, series
            continue
        # `KIND: WHAT` of many kinds: a panel for each WHAT, with a line for each kind.
        parts = {}
        for measure, points in series.items():
            kind, colon, what = measure.partition(": ")
            parts.setdefault(what if colon else "", {})[kind if colon else measure] = points
        if min(len(lines) for lines in parts.values()) < 2:
            parts = {"": series}
        for what, lines in parts.items():
            names = list(lines)
            for start in range(0, len(names), LINES):
                part = {name: lines[name] for name in names[start : start + LINES]}
                yield f"{scenario}: {what}" if what else scenario, scenario, unit, part


def plot(figures, prefix):
    """Small multiples, with a dotted line where a goal is."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = list(panels_of(figures))
    if not panels:
        print("no plot: nothing was measured at two sizes")
        return
    columns = min(3, len(panels))
    rows = math.ceil(len(panels) / columns)
    # Labels as text in the SVG, so that it can be searched.
    pyplot.rcParams.update({"svg.fonttype": "none", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
    page, axes = pyplot.subplots(
        rows, columns, figsize=(5.6 * columns, 4.4 * rows), squeeze=False, layout="constrained"
    )
    for axis, (title, scenario, unit, series) in zip(axes.flat, panels):
        for place, (measure, points) in enumerate(series.items()):
            sizes = sorted(points)
            # Lines that lie on each other stay visible: each has a mark and a dash of its own.
            axis.plot(
                sizes,
                [points[size]["value"] for size in sizes],
                marker="osD^vPX*"[place % 8],
                linestyle=("-", "--", "-.", ":")[place % 4],
                markersize=5,
                alpha=0.8,
                label=measure,
            )
        values = [figure["value"] for points in series.values() for figure in points.values()]
        sizes = sorted({size for points in series.values() for size in points})
        # A goal is drawn at the sizes that it is for.
        goals = {}
        for points in series.values():
            for size, figure in points.items():
                if "goal" in figure:
                    goals.setdefault(figure["goal"], []).append(size)
        for goal, places in goals.items():
            bound = float(goal.split()[1])
            if bound > 0 or min(values) >= 0:
                values.append(bound)
            ends = [min(places), max(places)]
            axis.plot(ends, [bound, bound], color="red", linestyle=":", marker="_", markersize=14, label=f"goal {goal}")
        axis.set_title(title)
        axis.set_xlabel(next((what for start, what in SIZES.items() if scenario.startswith(start)), "proxies or services"))
        axis.set_ylabel(unit)
        if sizes[-1] >= 8 * sizes[0]:
            axis.set_xscale("log")
        if min(values) > 0 and max(values) >= 8 * min(values):
            axis.set_yscale("log")
        elif min(values) == 0 and max(values) >= 8:
            # Logarithmic above one, so that nothing can be shown beside much.
            axis.set_yscale("symlog", linthresh=1)
        elif min(values) >= 0:
            axis.set_ylim(bottom=0, top=max(values) * 1.15 or 1)
        axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axis.minorticks_off()
        axis.legend(fontsize=7, framealpha=0.6)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for ending in ("svg", "png"):
        page.savefig(f"{prefix}.{ending}", dpi=120)
        print(f"plot: {prefix}.{ending}")


def main(arguments):
    match arguments:
        case ["follow", path]:
            follow(path)
        case ["close", figures, machine, *options]:
            close(figures, machine, dict(zip(options[::2], options[1::2])))
        case ["compare", first, second]:
            compare(first, second)
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
