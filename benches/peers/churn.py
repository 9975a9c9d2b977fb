"""Survival models beside lifelines and the crate `survival`; snapshots beside the clock.

    python benches/peers/churn.py [--threads 2] [--rounds 3] [--runs 2] [--customers 1000000]

lifelines 0.30.3 and the Rust crate survival 2.0.0. All sides read the same columns, and must find the
same figures. Days are whole, so that thousands leave on each; the rest is still there at the end.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import common

COLUMNS = 10
EVENTS = 10_000_000


def write(folder, customers):
    import numpy as np

    draw = np.random.default_rng(11)
    folder = Path(folder)
    x = draw.normal(size=(COLUMNS, customers))
    x[7:] = draw.random((COLUMNS - 7, customers)) < 0.3
    beta = np.array([0.5, -0.4, 0.3, -0.2, 0.1, 0.05, 0.0, 0.6, -0.5, 0.25])
    stay = 500.0 * (draw.exponential(size=customers) / np.exp(beta @ x)) ** (1 / 1.2)
    watched = draw.uniform(30, 730, customers)
    np.ceil(np.minimum(stay, watched)).tofile(folder / "times.f64")
    (stay <= watched).astype(np.uint8).tofile(folder / "left.u8")
    x.tofile(folder / "columns.f64")


def write_log(folder):
    import numpy as np

    draw = np.random.default_rng(12)
    folder = Path(folder)
    draw.integers(0, EVENTS // 10, EVENTS, dtype=np.int32).tofile(folder / "customer.i32")
    np.sort(draw.integers(0, 1_095, EVENTS, dtype=np.int32)).tofile(folder / "day.i32")
    draw.integers(100, 20_000, EVENTS, dtype=np.int32).tofile(folder / "amount.i32")


def stays(folder):
    import numpy as np

    folder = Path(folder)
    times = np.fromfile(folder / "times.f64")
    left = np.fromfile(folder / "left.u8", dtype=np.uint8)
    return times, left, np.fromfile(folder / "columns.f64").reshape(COLUMNS, -1)


def lifelines_cox(folder, robust=False):
    import pandas as pd
    from lifelines import CoxPHFitter

    times, left, x = stays(folder)
    frame = pd.DataFrame({f"x{at}": x[at] for at in range(COLUMNS)}).assign(T=times, E=left)

    def work():
        fit = CoxPHFitter().fit(frame, "T", "E", robust=robust)
        return fit.params_.tolist() + fit.standard_errors_.tolist()
    return work


def lifelines_km(folder):
    from lifelines import KaplanMeierFitter

    times, left, _ = stays(folder)

    def work():
        fit = KaplanMeierFitter().fit(times, left)
        return [float(fit.predict(100.0)), float(fit.predict(365.0))]
    return work


def lifelines_c(folder):
    from lifelines.utils import concordance_index

    times, left, x = stays(folder)
    return lambda: [concordance_index(times, -x[0], left)]


def crate(case):
    """The crate `survival`, in a project of its own: it asks for a newer compiler than ours."""
    def run(folder, runs, threads):
        home = Path(__file__).parent / "survival"
        target = Path(os.environ.get("CARGO_TARGET_DIR", home / "target"))
        subprocess.run(["cargo", "build", "--release", "--manifest-path", home / "Cargo.toml"],
                       check=True, stdout=subprocess.DEVNULL)
        return common.run_json([target / "release" / "peer-survival", case, folder, runs],
                               env=dict(os.environ, RAYON_NUM_THREADS=str(threads)))
    return run


# The case on our side, its peers, the ratio to reach, and in how many seconds of our own.
CASES = [
    ("cox", {"lifelines": lifelines_cox, "survival crate": crate("cox")}, {"lifelines": 5, "survival crate": 1}, None),
    ("cox-robust", {}, {}, None),
    ("km", {"lifelines": lifelines_km}, {"lifelines": 3}, None),
    ("harrell", {"lifelines": lifelines_c}, {}, 0.35),
    ("snapshots", {}, {}, 2.0),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--cases", nargs="*", help="only these")
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        case, name, folder = args.peer
        work = next(row for row in CASES if row[0] == case)[1][name](folder)
        answer = []
        seconds = common.timed(lambda: answer.append(work()), calls=args.runs)
        print(json.dumps({"seconds": seconds, "answer": answer[-1]}))
        return
    program = common.build("peer-churn")
    with tempfile.TemporaryDirectory() as folder:
        write(folder, args.customers)
        if not args.cases or "snapshots" in args.cases:
            write_log(folder)
        print("| case | custometry, s | peer, s | times ours | to reach |\n|---|---|---|---|---|")
        for case, peers, least, within in CASES:
            if args.cases and case not in args.cases:
                continue
            both = {"ours": lambda: common.run_json([program, case, folder, args.runs, args.threads])}
            for name, peer in peers.items():
                if name == "survival crate":
                    both[name] = lambda peer=peer: peer(folder, args.runs, args.threads)
                else:
                    both[name] = lambda name=name: common.run_json(
                        [sys.executable, __file__, "--peer", case, name, folder, "--runs", args.runs])
            results = common.rounds(args.rounds, both)
            mine = common.median(results["ours"])
            goal = f"within {within} s" if within else ""
            if not peers:
                print(f"| {case} | {mine:.3f} | | | {goal} |", flush=True)
            for name in peers:
                pairs = zip(results["ours"][0]["answer"], results[name][0]["answer"])
                assert all(abs(a - b) < 1e-4 for a, b in pairs), (case, name)
                ratio = common.ratio(results[name], results["ours"])
                reach = f"{least[name]}" if name in least else goal
                print(f"| {case} | {mine:.3f} | {name} {common.median(results[name]):.3f} "
                      f"| {ratio:.1f} | {reach} |", flush=True)


if __name__ == "__main__":
    main()
