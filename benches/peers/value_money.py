"""From a purchase log in memory to a revenue bridge, cohort triangles and profits, each
beside one polars group-by of the same rows: the least that anybody has to do.

The group-by sums one column by customer (for profits, two). The answers are compared with
sums that polars makes of the rows.
"""

import common

LAST_DAY = 16_436 + 365 * 7 - 1


def frame(folder):
    import numpy as np
    import polars

    return polars.DataFrame({
        "customer_id": np.fromfile(folder + "/customer.i64", dtype="<i8"),
        "day": np.fromfile(folder + "/day.i32", dtype="<i4"),
        "cents": np.fromfile(folder + "/amount.i64", dtype="<i8"),
    })


def group_by(folder, costs):
    import polars

    log = frame(folder)
    cost = polars.col("cents") * 3 // 5 + 50
    sums = [polars.col("cents").sum()]
    if costs:
        log = log.with_columns(cost.alias("cost"))
        sums.append(polars.col("cost").sum())
    result = []

    def work():
        result[:] = [log.group_by("customer_id").agg(sums)]

    seconds = common.timed(work)
    between = lambda first, last: polars.col("day").is_between(first, last)
    opening = log.filter(between(LAST_DAY - 729, LAST_DAY - 365))["cents"].sum()
    closing = log.filter(between(LAST_DAY - 364, LAST_DAY))["cents"].sum()
    return {
        "seconds": seconds,
        "bridge": closing - opening,
        "cohorts": log.filter(polars.col("day") <= LAST_DAY)["cents"].sum(),
        "profit": log.select((polars.col("cents") - cost).sum()).item(),
    }


PEERS = {
    "polars, sum by customer": lambda folder: group_by(folder, False),
    "polars, two sums by customer": lambda folder: group_by(folder, True),
}


def run(program, peer, folder, threads, rounds):
    """`peer(name)` runs a case of PEERS in a process of its own."""
    questions = ["bridge", "cohorts", "profit"]
    cases = {
        f"custometry, {question}": lambda question=question: common.run_json(
            [program, "money", question, folder, 2, threads])
        for question in questions
    }
    for name in PEERS:
        cases[name] = lambda name=name: peer(name)
    results = common.rounds(rounds, cases)

    one, two = PEERS
    for question in questions:
        mine = results[f"custometry, {question}"]
        assert mine[0]["answer"] == results[one][0][question], (question, mine, results[one])
    print("\n| question | custometry, s | the same rows | polars, s | ratio |\n|---|---|---|---|---|")
    for question in questions:
        mine, theirs = results[f"custometry, {question}"], two if question == "profit" else one
        ratio = common.ratio(mine, results[theirs])
        print(f"| {question} | {common.median(mine):.3f} | {theirs} | "
              f"{common.median(results[theirs]):.3f} | {ratio:.2f} |")
