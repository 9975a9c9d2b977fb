"""Counts of moves between segments beside numpy and polars.

    python benches/peers/migration.py [--threads 2] [--rounds 3] [--runs 3]

numpy 2.4.6 and polars 2.1.0. All sides read the same columns, and must count the same.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import common

SEGMENTS = 10
PERIODS = 12
PAIRS = 5_000_000
CUSTOMERS = 10_000_000


def write(folder):
    import numpy as np

    draw = np.random.default_rng(5)
    folder = Path(folder)
    of = lambda rows: draw.choice(SEGMENTS, rows, p=draw.dirichlet(np.full(SEGMENTS, 3.0))).astype(np.uint16)
    of(PAIRS).tofile(folder / "from.u16")
    of(PAIRS).tofile(folder / "to.u16")
    # Nine in ten customers of the first snapshot are in the second one.
    keys = draw.permutation(PAIRS * 11 // 10).astype(np.int64) * 7 + 1_000_000_000
    keys[:PAIRS].tofile(folder / "before.i64")
    draw.permutation(keys[-PAIRS:]).tofile(folder / "after.i64")
    with open(folder / "panel.u16", "wb") as file:
        for _ in range(PERIODS):
            of(CUSTOMERS).tofile(file)


def column(folder, name):
    import numpy as np

    return np.fromfile(Path(folder) / name, dtype={"u16": np.uint16, "i64": np.int64}[name[-3:]])


def bincount(folder):
    import numpy as np

    before, after = column(folder, "from.u16"), column(folder, "to.u16")
    return lambda: np.bincount(before * np.uint16(SEGMENTS) + after, minlength=SEGMENTS**2).tolist()


def join(folder):
    import polars as pl

    before = pl.DataFrame({"key": column(folder, "before.i64"), "from": column(folder, "from.u16")})
    after = pl.DataFrame({"key": column(folder, "after.i64"), "to": column(folder, "to.u16")})

    def work():
        counts = before.join(after, on="key").group_by("from", "to").len()
        table = [0] * SEGMENTS**2
        for start, end, count in counts.iter_rows():
            table[start * SEGMENTS + end] = count
        return table
    return work


# The case on our side, customers, its peer, the ratio to reach, and in how many seconds of our own.
CASES = [
    ("aligned", PAIRS, {"numpy bincount": bincount}, 1, None),
    ("unaligned", PAIRS, {"polars join and group-by": join}, 2, None),
    ("panel", CUSTOMERS, {}, None, 0.5),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        case, name, folder = args.peer
        work = next(row for row in CASES if row[0] == case)[2][name](folder)
        answer = []
        seconds = common.timed(lambda: answer.append(work()), calls=args.runs)
        print(json.dumps({"seconds": seconds, "answer": answer[-1]}))
        return
    program = common.build("peer-migration")
    env = dict(os.environ, POLARS_MAX_THREADS=str(args.threads))
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        print("| case | customers | custometry, s | peer, s | times ours | to reach |\n|---|---|---|---|---|---|")
        for case, customers, peers, least, within in CASES:
            both = {"ours": lambda: common.run_json([program, case, folder, args.runs, args.threads])}
            for name in peers:
                both[name] = lambda name=name: common.run_json(
                    [sys.executable, __file__, "--peer", case, name, folder, "--runs", args.runs], env=env)
            results = common.rounds(args.rounds, both)
            mine = common.median(results["ours"])
            if not peers:
                print(f"| {case} | {customers:,} | {mine:.4f} | | | within {within} s |", flush=True)
            for name in peers:
                ours, theirs = results["ours"][0]["answer"], results[name][0]["answer"]
                assert ours == theirs, (case, name)
                ratio = common.ratio(results[name], results["ours"])
                print(f"| {case} | {customers:,} | {mine:.4f} | {name} {common.median(results[name]):.4f} "
                      f"| {ratio:.1f} | {least} |", flush=True)


if __name__ == "__main__":
    main()
