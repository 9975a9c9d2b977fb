"""Who will leave: logistic regression, calibration and judgement beside scikit-learn.

    python benches/peers/risk.py [--threads 2] [--rounds 3] [--runs 3] [--customers 1000000]

scikit-learn 1.9.1. Both sides read the same columns, and must find the same figures. Our regression gives
standard errors, its judgement also DeLong's error, the lift of the first tenth and the expected
maximum profit; scikit-learn gives none of these.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import common

COLUMNS = 20


def write(folder, customers):
    import numpy as np

    draw = np.random.default_rng(13)
    folder = Path(folder)
    x = draw.normal(size=(COLUMNS, customers))
    x[14:] = draw.random((COLUMNS - 14, customers)) < 0.3
    beta = 0.1 * (np.arange(COLUMNS) - 9.5)
    odds = np.exp(beta @ x - 1.5)
    (draw.random(customers) < odds / (1.0 + odds)).astype(np.uint8).tofile(folder / "left.u8")
    x.tofile(folder / "columns.f64")
    (1.0 / (1.0 + 1.0 / odds)).tofile(folder / "scores.f64")


def left(folder):
    import numpy as np

    return np.fromfile(Path(folder) / "left.u8", dtype=np.uint8)


def scores(folder):
    import numpy as np

    return np.fromfile(Path(folder) / "scores.f64")


def sklearn_logistic(folder):
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    x = np.fromfile(Path(folder) / "columns.f64").reshape(COLUMNS, -1).T.copy()
    y = left(folder)

    def work():
        fit = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8).fit(x, y)
        return fit.intercept_.tolist() + fit.coef_[0].tolist()
    return work


def sklearn_judge(folder):
    from sklearn.metrics import average_precision_score, roc_auc_score

    y, p = left(folder), scores(folder)
    return lambda: [float(roc_auc_score(y, p)), float(average_precision_score(y, p))]


def sklearn_isotonic(folder):
    from sklearn.isotonic import IsotonicRegression

    y, p = left(folder), scores(folder)

    def work():
        fit = IsotonicRegression(out_of_bounds="clip").fit(p, y)
        return fit.predict([0.05, 0.2, 0.7]).tolist()
    return work


# The case on our side, its peers, the ratio to reach, and in how many seconds of our own.
CASES = [
    ("logistic", sklearn_logistic, 3, None),
    ("judge", sklearn_judge, None, 0.2),
    ("isotonic", sklearn_isotonic, None, None),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--cases", nargs="*", help="only these")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        case, folder = args.peer
        work = next(row for row in CASES if row[0] == case)[1](folder)
        answer = []
        seconds = common.timed(lambda: answer.append(work()), calls=args.runs)
        print(json.dumps({"seconds": seconds, "answer": answer[-1]}))
        return
    program = common.build("peer-risk")
    threads = dict(os.environ, OMP_NUM_THREADS=str(args.threads), OPENBLAS_NUM_THREADS=str(args.threads))
    with tempfile.TemporaryDirectory() as folder:
        write(folder, args.customers)
        print("| case | custometry, s | scikit-learn, s | times ours | to reach |\n|---|---|---|---|---|")
        for case, _, least, within in CASES:
            if args.cases and case not in args.cases:
                continue
            results = common.rounds(args.rounds, {
                "ours": lambda: common.run_json([program, case, folder, args.runs, args.threads]),
                "peer": lambda: common.run_json(
                    [sys.executable, __file__, "--peer", case, folder, "--runs", args.runs], env=threads),
            })
            pairs = zip(results["ours"][0]["answer"], results["peer"][0]["answer"])
            assert all(abs(a - b) < 1e-6 for a, b in pairs), (case, results)
            mine, theirs = common.median(results["ours"]), common.median(results["peer"])
            ratio = common.ratio(results["peer"], results["ours"])
            reach = f"{least}" if least else f"within {within} s" if within else ""
            print(f"| {case} | {mine:.3f} | {theirs:.3f} | {ratio:.1f} | {reach} |", flush=True)


if __name__ == "__main__":
    main()
