"""From records of persons in memory to who is who, beside Splink on DuckDB: the same rows,
blocking rules, comparisons and pairs.

The clock runs over learning u from random pairs, learning m by expectation maximisation,
the weights of all pairs that the rules give, and the clusters. Reading the file is not in it.
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import common

LIGHT = [["email"], ["phone"], ["first_name", "last_name"], ["dob", "postcode"], ["dob", "last_name"],
         ["dob", "first_name"]]
YEAR = "substr(dob, 1, 4)"
RULES = {
    "light": LIGHT,
    # 67 million pairs of a million records.
    "heavy": [*LIGHT, ["dob"], ["first_name", YEAR], ["substr(last_name, 1, 3)", YEAR]],
}
# The rules that are right nearly always, and what share of the matches they find.
DETERMINISTIC, RECALL = [["email", "dob"], ["first_name", "last_name", "dob"]], 0.6
EM_RULES = [["dob", "postcode"], ["first_name", "last_name"]]
U_PAIRS = 1e6
# The least probability of a pair that is kept, and of an edge between records of one person.
PREDICT_AT, CLUSTER_AT = 0.001, 0.95


def on(rules):
    from splink import block_on

    return [block_on(*columns) for columns in rules]


def load(folder, threads):
    """The people as a table of DuckDB. An empty value is null."""
    import duckdb
    from splink import DuckDBAPI

    connection = duckdb.connect()
    connection.execute(f"set threads = {int(threads)}")
    path = Path(folder) / "people.csv"
    connection.execute(
        "create table people as select * replace (rec_id::bigint as rec_id, cluster::bigint as cluster) "
        f"from read_csv('{path}', header = true, all_varchar = true)")
    return connection, DuckDBAPI(connection).register("people")


def splink(folder, case, threads):
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator

    connection, people = load(folder, threads)
    names = [cl.NameComparison(column).configure(term_frequency_adjustments=True)
             for column in ("first_name", "last_name")]
    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="rec_id",
        comparisons=names + [
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.LevenshteinAtThresholds("postcode", [1]),
            cl.JaroWinklerAtThresholds("email", [0.92]),
            cl.LevenshteinAtThresholds("phone", [1])],
        blocking_rules_to_generate_predictions=on(RULES[case]),
        retain_matching_columns=False, retain_intermediate_calculation_columns=False)
    stages, start = {}, time.perf_counter()

    def done(stage):
        stages[stage] = time.perf_counter() - start - sum(stages.values())

    linker = Linker(people, settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(on(DETERMINISTIC), recall=RECALL)
    done("prior")
    training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=1)
    done("u")
    for rule in on(EM_RULES):
        training.estimate_parameters_using_expectation_maximisation(rule)
    done("em")
    predicted = linker.inference.predict(threshold_match_probability=PREDICT_AT)
    done("predict")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=CLUSTER_AT)
    done("cluster")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def one(query):
        return connection.execute(query).fetchall()[0][0]

    return {
        "seconds": sum(stages.values()),
        "stages": stages,
        "peak_mb": peak,
        "kept": one(f"select count(*) from {predicted.physical_name}"),
        "edges": one(f"select count(*) from {predicted.physical_name} where match_probability >= {CLUSTER_AT}"),
        "clusters": one(f"select count(distinct cluster_id) from {clusters.physical_name}"),
    }


def count(folder, case, threads):
    """The pairs that the rules give, each pair once, and by rule those beyond earlier rules."""
    from splink.blocking_analysis import count_comparisons_from_blocking_rules

    _, people = load(folder, threads)
    rows = count_comparisons_from_blocking_rules(
        people, blocking_rules=on(RULES[case]), link_type="dedupe_only", unique_id_column_name="rec_id",
        record_sample_proportion=1.0)
    by_rule = [row["marginal_comparison_count"] for row in rows]
    return {"pairs": rows[-1]["cumulative_comparison_count"], "by_rule": by_rule}


JOBS = {"splink": splink, "count": count}


def peer(job, folder, case, threads):
    """In a process of its own."""
    return common.run_json([sys.executable, __file__, "--job", job, folder, case, threads])


def main():
    if sys.argv[1:2] == ["--job"]:
        warnings.filterwarnings("ignore")
        logging.disable(logging.WARNING)
        job, folder, case, threads = sys.argv[2:]
        print(json.dumps(JOBS[job](folder, case, threads)))
        return
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=1_000_000)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--case", choices=[*RULES, "all"], default="all")
    arguments.add_argument("--side", choices=["splink", "both"], default="both")
    arguments = arguments.parse_args()

    program = common.build("peer-identity")
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([program, "generate", str(arguments.records), folder],
                              check=True, capture_output=True, text=True)
        print(made.stdout.strip())
        for case in RULES if arguments.case == "all" else [arguments.case]:
            side_by_side(program, folder, case, arguments)


def side_by_side(program, folder, case, arguments):
    threads, ours = arguments.threads, f"custometry, {case}"
    pairs = peer("count", folder, case, threads)
    print(f"\n{case}: {pairs['pairs']} pairs; beyond earlier rules {pairs['by_rule']}")
    cases = {f"Splink, {case}": lambda: peer("splink", folder, case, threads)}
    if arguments.side == "both":
        cases = {ours: lambda: common.run_json([program, "run", folder, case, threads]), **cases}
    results = common.rounds(arguments.rounds, cases)
    if arguments.side == "both":
        assert results[ours][0]["pairs"] == pairs["pairs"], (results[ours][0], pairs)
        common.report(results, ours)
        mine, theirs = results[ours], results[f"Splink, {case}"]
        predict = sorted(b["stages"]["predict"] / a["stages"]["predict"] for a, b in zip(mine, theirs))
        print(f"\npredict (blocking and scoring): {predict[len(predict) // 2]:.1f} times as fast; "
              f"ours {pairs['pairs'] / mine[0]['stages']['predict'] / threads:.0f} pairs a second a thread")
    stages = list(results[f"Splink, {case}"][0]["stages"])
    print(f"\n| case | {' | '.join(f'{stage}, s' for stage in stages)} | all, s | pairs a second | edges "
          f"| peak, MB |\n|{'---|' * (len(stages) + 5)}")
    for name, runs in results.items():
        seconds, middle = common.median(runs), sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]
        cells = [f"{middle['stages'].get(stage, 0):.3f}" for stage in stages]
        print(f"| {name} | {' | '.join(cells)} | {seconds:.3f} | {pairs['pairs'] / seconds:.0f} "
              f"| {middle['edges']} | {middle['peak_mb']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
