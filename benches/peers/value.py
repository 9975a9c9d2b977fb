"""From a purchase log in memory to a summary of every customer; then the questions of
money of `value_money.py` and the models of `value_models.py`.

Ours and lifetimes: frequency, recency, age and money with rows of one day merged.
DuckDB and polars, "one pass": count, first day, last day, sum; less work, and the
speed to match.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import common
import value_models
import value_money

END = "2022-01-01"


def load(folder):
    """The columns that our side wrote, as a data frame."""
    import numpy as np
    import pandas as pd

    folder = Path(folder)
    day = np.fromfile(folder / "day.i32", dtype="<i4")
    return pd.DataFrame({
        "customer_id": np.fromfile(folder / "customer.i64", dtype="<i8"),
        "date": day.astype("datetime64[D]").astype("datetime64[s]"),
        "amount": np.fromfile(folder / "amount.i64", dtype="<i8") / 100,
        "cents": np.fromfile(folder / "amount.i64", dtype="<i8"),
        "day": day,
    })


def lifetimes_summary(folder, threads):
    import warnings
    warnings.filterwarnings("ignore")
    from lifetimes.utils import summary_data_from_transaction_data

    log = load(folder)
    result = []

    def work():
        result[:] = [summary_data_from_transaction_data(
            log, "customer_id", "date", "amount", observation_period_end=END, freq="D")]

    seconds = common.timed(work, calls=1)
    return {"seconds": seconds, "customers": len(result[0]), "mean_frequency": float(result[0].frequency.mean())}


def duckdb_one_pass(folder, threads):
    import duckdb

    log = load(folder)[["customer_id", "day", "cents"]]
    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}")
    connection.execute("create table log as select * from log")
    query = ("create or replace table out as select customer_id, count(*) n, min(day) first, "
             "max(day) last, sum(cents) total from log group by customer_id")
    seconds = common.timed(lambda: connection.execute(query))
    return {"seconds": seconds, "customers": connection.execute("select count(*) from out").fetchone()[0]}


def polars_one_pass(folder, threads):
    import polars

    log = polars.from_pandas(load(folder)[["customer_id", "day", "cents"]])
    result = []

    def work():
        result[:] = [log.group_by("customer_id").agg(
            polars.len().alias("n"), polars.col("day").min().alias("first"),
            polars.col("day").max().alias("last"), polars.col("cents").sum().alias("total"))]

    seconds = common.timed(work)
    return {"seconds": seconds, "customers": result[0].height}


PEERS = {
    "lifetimes, full": lifetimes_summary,
    "DuckDB, one pass": duckdb_one_pass,
    "polars, one pass": polars_one_pass,
}


def peer(name, folder, threads):
    """One case in a process of its own."""
    environment = {"POLARS_MAX_THREADS": str(threads), "PATH": "/usr/bin:/bin"}
    return common.run_json([sys.executable, __file__, "--case", name, folder, threads], env=environment)


def ours(program, folder, threads):
    """Two calls in a process, as for the peers; the second is taken."""
    return common.run_json([program, "summary", folder, 2, threads])


def main():
    if sys.argv[1:2] == ["--case"]:
        import json
        name, folder, threads = sys.argv[2:]
        if name in PEERS:
            print(json.dumps(PEERS[name](folder, int(threads))))
        elif name in value_money.PEERS:
            print(json.dumps(value_money.PEERS[name](folder)))
        else:
            print(json.dumps(value_models.case(name, folder)))
        return
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--part", choices=["summary", "money", "models", "all"], default="all")
    arguments = arguments.parse_args()

    program = common.build("peer-value")
    if arguments.part in ("summary", "money", "all"):
        logs(program, arguments)
    if arguments.part in ("models", "all"):
        def of_model(name, folder):
            return peer(name, folder, arguments.threads)
        value_models.run(program, of_model, arguments.customers, arguments.threads, arguments.rounds)


def logs(program, arguments):
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([program, "generate", str(arguments.customers), folder],
                              check=True, capture_output=True, text=True)
        print(made.stdout.strip())
        if arguments.part != "money":
            summaries(program, folder, arguments)
        if arguments.part != "summary":
            def of_money(name):
                return peer(name, folder, arguments.threads)
            value_money.run(program, of_money, folder, arguments.threads, arguments.rounds)


def summaries(program, folder, arguments):
    cases = {"custometry, full": lambda: ours(program, folder, arguments.threads)}
    for name in PEERS:
        cases[name] = lambda name=name: peer(name, folder, arguments.threads)
    results = common.rounds(arguments.rounds, cases)

    mine = results["custometry, full"][0]
    theirs = results["lifetimes, full"][0]
    assert mine["customers"] == theirs["customers"], (mine, theirs)
    assert abs(mine["mean_frequency"] - theirs["mean_frequency"]) < 1e-9, (mine, theirs)
    common.report(results, "custometry, full")
    beyond, allowed = mine["bytes_beyond_log"], mine["bytes_allowed"]
    print(f"\nmemory beyond the log: {beyond / 1e6:.1f} MB, of {allowed / 1e6:.1f} MB "
          "allowed (12 bytes a purchase day and 64 a customer)")


if __name__ == "__main__":
    main()
