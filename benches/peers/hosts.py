"""What Python adds: the memory of handing over a frame, and the time around a prediction.

    pip install bindings/python                    # into the environment of this script
    python benches/peers/hosts.py [--rows 10000000] [--customers 1000000] [--threads 2] [--rounds 5]

The frame is polars'. Memory is that of the process over what it had with the frame in hand: at the
peak of reading a log, most of which is what numbering the keys works with and gives back, and what a
second log of the same frame adds, which is what a log holds: the number of a customer for each row, 4
bytes, and the table of keys. A copy of the three columns would be 20 bytes a row (a key and an amount of
8 each, a day of 4).

The prediction is P(alive) of a BG/NBD model for histories that are there, from Rust and from Python.
Answers must be the same number. What a call of Python costs by itself is told by that of one customer.
"""

import argparse
import sys
import tempfile
import time

import common

PARAMETERS = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def status(field):
    """A figure of this process from the kernel, in MiB."""
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(field))
    return int(line.split()[1]) / 1024


def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def handed_over(rows, customers, threads):
    import custometry
    import numpy as np
    import polars
    from custometry import data

    custometry.set_threads(threads)
    draw = np.random.default_rng(7)
    frame = polars.DataFrame({
        "customer": draw.integers(1, customers + 1, rows),
        "day": draw.integers(18_000, 19_000, rows, dtype=np.int32),
        "cents": draw.integers(100, 50_000, rows),
    }).with_columns(polars.col("day").cast(polars.Date))
    # The first call makes threads; that is not part of the question.
    data.Transactions.read(frame.head(10), currency="EUR", amount_minor="cents")
    before = status("VmRSS")
    reset_peak()
    start = time.perf_counter()
    log = data.Transactions.read(frame, currency="EUR", amount_minor="cents")
    seconds = time.perf_counter() - start
    peak = status("VmHWM") - before
    before = status("VmRSS")
    second = data.Transactions.read(frame, currency="EUR", amount_minor="cents")
    assert len(log) == len(second) == rows
    held = status("VmRSS") - before
    return {"seconds": seconds, "copy_mib": rows * 20 / 2**20, "peak_mib": peak, "held_mib": held}


def alive(folder, calls, threads):
    import custometry
    import numpy as np
    from custometry import value

    custometry.set_threads(threads)
    columns = {
        "frequency": np.fromfile(f"{folder}/frequency.u32", dtype="<u4"),
        "recency": np.fromfile(f"{folder}/recency.f64") * 7.0,
        "age": np.fromfile(f"{folder}/age.f64") * 7.0,
    }
    histories = value.PurchaseHistories.read(columns)
    model = value.BgNbd.new(**PARAMETERS, unit="weeks")
    answers = []

    def work():
        answers[:] = [model.p_alive(histories)]

    seconds = common.timed(work, calls)
    values = np.asarray(answers[0])
    first = value.PurchaseHistories.read({name: column[:1] for name, column in columns.items()})
    alone = common.timed(lambda: model.p_alive(first), 1000)
    # Row by row, as the sum on the other side.
    return {"seconds": seconds, "alone": alone, "answer": float(np.add.accumulate(values)[-1]) / len(values)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    known = parser.parse_args()
    if known.case:
        case, folder = known.case
        if case == "handed-over":
            found = handed_over(known.rows, known.customers, known.threads)
        else:
            found = alive(folder, known.calls, known.threads)
        print(common.json.dumps(found))
        return
    own = [sys.executable, __file__, "--rows", known.rows, "--customers", known.customers,
           "--threads", known.threads, "--calls", known.calls, "--case"]

    found = common.run_json([*own, "handed-over", "."])
    print(f"{known.rows:,} rows from polars in {found['seconds']:.2f} s: peak {found['peak_mib']:.0f} MiB above the "
          f"frame; a second log holds {found['held_mib']:.0f} MiB; a copy would be {found['copy_mib']:.0f} MiB more")

    program = common.build("peer-value")
    with tempfile.TemporaryDirectory() as folder:
        common.run_json([program, "histories", known.customers, folder])
        results = common.rounds(known.rounds, {
            "Rust": lambda: common.run_json([program, "model", "p-alive", folder, known.calls, known.threads]),
            "Python": lambda: common.run_json([*own, "alive", folder]),
        })
    rust, python = (results[side][0]["answer"] for side in ("Rust", "Python"))
    assert rust == python, (rust, python)
    common.report(results, "Rust")
    alone = min(result["alone"] for result in results["Python"])
    share = alone / common.median(results["Rust"])
    print(f"a call of one customer from Python: {alone * 1e6:.0f} µs, {share:.2%} of the Rust time for all")


if __name__ == "__main__":
    main()
