"""What the peer benches share: rounds in turn, medians, ratios."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build(binary):
    """Builds our side of a bench and gives the path of the program."""
    subprocess.run(
        ["cargo", "build", "--release", "-p", "custometry-benches", "--bin", binary],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / binary


def run_json(command, **options):
    """The last line that a command prints, read as JSON."""
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options)
    return json.loads(done.stdout.strip().splitlines()[-1])


def timed(work, calls=2):
    """The shortest of a few calls in one process, after which caches are warm."""
    best = float("inf")
    for _ in range(calls):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def rounds(count, cases):
    """Runs the cases in turn, `count` times: A B C A B C. Each case gives a dict
    with `seconds`. A machine that slows down does so for all of them."""
    results = {name: [] for name in cases}
    for number in range(count):
        for name, case in cases.items():
            result = case()
            results[name].append(result)
            print(f"round {number + 1}  {name:<28} {result['seconds']:8.3f} s", file=sys.stderr)
    return results


def median(runs):
    """The median seconds of a case."""
    return statistics.median(run["seconds"] for run in runs)


def ratio(theirs, ours):
    """How many times ours theirs took, the median over rounds."""
    return statistics.median(t["seconds"] / o["seconds"] for t, o in zip(theirs, ours))


def report(results, ours):
    """Prints a table of medians, and of the ratios to our case round by round."""
    print(f"\n| case | median s | times {ours} |\n|---|---|---|")
    for name, runs in results.items():
        print(f"| {name} | {median(runs):.3f} | {ratio(runs, results[ours]):.2f} |")
