"""k-means, silhouettes, mixtures, stability and frozen assignment beside scikit-learn and linfa.

    python benches/peers/segmentation.py [--threads 2] [--rounds 3] [--runs 3]

All sides read the same points: 12 overlapping normal clouds. Data are made here; linfa is run by
our program, as it is written in Rust.
"""

import argparse
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import common

ITERATIONS = 16
STEPS = 10


def clouds(rows, columns=8, seed=3, kinds=12):
    import numpy as np

    draw = np.random.default_rng(seed)
    middle = draw.normal(0, 3.0, (kinds, columns))
    spread = draw.uniform(0.6, 1.8, (kinds, columns))
    kind = draw.choice(kinds, rows, p=draw.dirichlet(np.full(kinds, 4.0)))
    return np.ascontiguousarray(middle[kind] + spread[kind] * draw.standard_normal((rows, columns)))


def write(folder, rows, columns=8, clusters=8, positive=False):
    """Points and a start by k-means++, for both sides."""
    import numpy as np
    from sklearn.cluster import kmeans_plusplus

    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    points = clouds(rows, columns)
    points = np.exp(0.3 * points) if positive else points
    start, _ = kmeans_plusplus(points[:50_000], clusters, random_state=0)
    points.tofile(folder / "points.f64")
    np.ascontiguousarray(start).tofile(folder / "start.f64")


def read(folder, columns):
    import numpy as np

    return [np.fromfile(Path(folder) / name).reshape(-1, columns) for name in ("points.f64", "start.f64")]


def k_means(points, start):
    from sklearn.cluster import KMeans

    model = KMeans(len(start), init=start, n_init=1, max_iter=ITERATIONS, tol=0, algorithm="lloyd")
    return float(model.fit(points).inertia_)


def silhouette(points, start):
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    model = KMeans(len(start), init=start, n_init=1, max_iter=1, tol=0, algorithm="lloyd")
    return float(silhouette_score(points, model.fit_predict(points)))


def mixture(kind):
    def fit(points, start):
        from sklearn.mixture import GaussianMixture

        model = GaussianMixture(len(start), covariance_type=kind, max_iter=STEPS, tol=0, means_init=start,
                                init_params="random_from_data", random_state=0)
        return float(model.fit(points).score(points)) * len(points)
    return fit


# The case on our side, its data, the peers by name, what a figure of the peer is divided by, the
# ratio to reach, and in how many seconds of our own.
CASES = [
    ("k-means", "million", {"scikit-learn": k_means, "linfa": "k-means-linfa"}, 1,
     {"scikit-learn": 2, "linfa": 6}, None),
    ("silhouette", "small", {"scikit-learn": silhouette}, 1, {"scikit-learn": 6}, None),
    ("mixture-full", "mixture", {"scikit-learn": mixture("full")}, STEPS, {"scikit-learn": 2}, None),
    ("mixture-diagonal", "mixture", {"scikit-learn": mixture("diag")}, STEPS, {}, None),
    ("assign", "million", {}, 1, {}, 0.1),
    ("assign-prepared", "positive", {}, 1, {}, 0.2),
    ("stability", "wholesale", {}, 1, {}, 0.05),
    ("stability", "customers", {}, 1, {}, 10),
    ("limits", "limits", {}, 1, {}, 2),
]

# Rows, columns, clusters; whether logarithms are to be taken.
DATA = {
    "million": (1_000_000, 8, 8, False),
    "positive": (1_000_000, 8, 8, True),
    "small": (20_000, 8, 8, False),
    "mixture": (200_000, 8, 8, False),
    "wholesale": (440, 6, 4, False),
    "customers": (100_000, 8, 8, False),
    "limits": (50_000, 5, 8, False),
}


def peer(case, name, folder, runs, threads):
    """A peer in a process of its own."""
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    return common.run_json([sys.executable, __file__, "--peer", case, name, folder, "--runs", runs], env=env)


def run_peer(case, name, folder, runs):
    warnings.filterwarnings("ignore")
    _, data, peers, share, _, _ = next(row for row in CASES if row[0] == case)
    points, start = read(folder, DATA[data][1])
    answer = []
    seconds = common.timed(lambda: answer.append(peers[name](points, start)), calls=runs)
    print(json.dumps({"seconds": seconds / share, "answer": answer[-1]}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="cases whose name starts so")
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return run_peer(*args.peer, args.runs)
    program = common.build("peer-segmentation")
    with tempfile.TemporaryDirectory() as base:
        print("| case | rows | custometry, s | peer, s | times ours | to reach |\n|---|---|---|---|---|---|")
        for case, data, peers, _, least, within in CASES:
            if args.only and not case.startswith(args.only):
                continue
            rows, columns, clusters, positive = DATA[data]
            folder = Path(base) / data
            if not folder.exists():
                write(folder, rows, columns, clusters, positive)
            threads = 1 if case.startswith("assign") else args.threads
            ours = lambda name: common.run_json([program, name, folder, columns, args.runs, threads])
            both = {"ours": lambda: ours(case)}
            for name, work in peers.items():
                if isinstance(work, str):
                    both[name] = lambda work=work: ours(work)
                else:
                    both[name] = lambda name=name: peer(case, name, folder, args.runs, threads)
            results = common.rounds(args.rounds, both)
            mine = common.median(results["ours"])
            if not peers:
                print(f"| {case} | {rows:,} | {mine:.4f} | | | within {within} s |", flush=True)
            for name in peers:
                answers = [results[side][0]["answer"] for side in ("ours", name)]
                if case in ("k-means", "silhouette") and answers[1] is not None:
                    assert abs(answers[0] / answers[1] - 1) < 1e-6, (case, name, answers)
                ratio = common.ratio(results[name], results["ours"])
                print(f"| {case} | {rows:,} | {mine:.4f} | {name} {common.median(results[name]):.4f} "
                      f"| {ratio:.1f} | {least.get(name, '')} |", flush=True)


if __name__ == "__main__":
    main()
