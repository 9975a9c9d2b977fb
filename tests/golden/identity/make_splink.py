#!/usr/bin/env python3
"""Writes the Splink goldens of this folder: trained models as Splink saves them, the match
weights that Splink gives to pairs of records, and how many pairs its rules block.

Splink 5.0.0 on DuckDB 2.0.0, Python 3.11:

    python3 -m pip install splink==5.0.0 duckdb==2.0.0
    python3 make_splink.py DATA OUT      # DATA holds fake_1000.csv and febrl_dataset3.csv

See README.md of this folder for what is written and how the strings are prepared.
"""

import csv
import hashlib
import json
import logging
import math
import sys
import warnings
from pathlib import Path

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import ColumnExpression, DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_analysis import count_comparisons_from_blocking_rules

# Of a file of weights, in bytes. Pairs are taken in the order of a hash of their ids.
LIMIT = 600_000
SEED = 1


# ---------------------------------------------------------------- records

def read(path):
    """The records of a file of comma separated values, trimmed; blank is None."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [[value.strip() for value in row] for row in csv.reader(file)]
    header, rows = rows[0], rows[1:]
    return header, [[value or None for value in row] for row in rows]


def table(connection, name, header, rows, whole_numbers=()):
    """A table of text columns, but for the named columns."""
    kinds = ", ".join(f'"{c}" {"bigint" if c in whole_numbers else "varchar"}' for c in header)
    connection.execute(f"create table {name} ({kinds})")
    holes = ", ".join("?" * len(header))
    connection.executemany(f"insert into {name} values ({holes})", rows)


def fake(connection, data):
    header, rows = read(data / "fake_1000.csv")
    table(connection, "records", header, rows, ("unique_id", "cluster"))


def febrl(connection, data):
    header, rows = read(data / "febrl_dataset3.csv")
    header[0] = "unique_id"
    at = {name: header.index(name) for name in header}
    for row in rows:
        row.append(british(row[at["state"]], row[at["postcode"]]))
    table(connection, "records", header + ["british_postcode"], rows)


def british(state, postcode):
    """A postcode of the British form out of an Australian state and a postcode of four
    digits: nsw and 2119 give NS21 1JJ. The last digit d becomes the letter A + d, twice."""
    if state is None or postcode is None or len(postcode) != 4 or not postcode.isdigit():
        return None
    last = chr(ord("A") + int(postcode[3]))
    return f"{state[:2].upper()}{postcode[:2]} {postcode[2]}{last}{last}"


# ---------------------------------------------------------------- models

def names(first, last):
    return [cl.NameComparison(column).configure(term_frequency_adjustments=True) for column in (first, last)]


def fake_library():
    return names("first_name", "surname") + [
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.EmailComparison("email"),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
    ]


def fake_swap():
    return [
        cl.ForenameSurnameComparison("first_name", "surname"),
        cl.DamerauLevenshteinAtThresholds("dob", [1, 2]),
        cl.JaroWinklerAtThresholds("email", [0.9, 0.7]),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
    ]


def fake_distances():
    return [
        cl.JaroAtThresholds("first_name", [0.9, 0.7]),
        cl.JaccardAtThresholds("surname", [0.9, 0.5]),
        cl.LevenshteinAtThresholds("dob", [1, 2]),
        cl.CustomComparison(output_column_name="email", comparison_levels=[
            cll.NullLevel("email"),
            cll.ExactMatchLevel("email"),
            cll.Or(cll.JaroWinklerLevel("email", 0.95), cll.LevenshteinLevel("email", 2)),
            cll.And(cll.JaroLevel("email", 0.8), cll.Not(cll.ExactMatchLevel("city"))),
            cll.ElseLevel(),
        ]),
        cl.CustomComparison(output_column_name="city", comparison_levels=[
            cll.NullLevel("city"),
            cll.ExactMatchLevel("city").configure(
                tf_adjustment_column="city", tf_adjustment_weight=0.5, tf_minimum_u_value=0.005),
            cll.DamerauLevenshteinLevel("city", 1).configure(tf_adjustment_column="city"),
            cll.ElseLevel(),
        ]),
    ]


def fake_expressions():
    first, email = ColumnExpression("first_name"), ColumnExpression("email")
    return [
        cl.JaroWinklerAtThresholds(first.lower(), [0.9]),
        cl.ExactMatch(ColumnExpression("surname").lower().substr(1, 3)),
        cl.AbsoluteDateDifferenceAtThresholds(
            "dob", input_is_string=True, metrics=["day", "month", "year"], thresholds=[10, 6, 5]),
        cl.ExactMatch(email.regex_extract("@(.+)$", capture_group=1)),
    ]


def febrl_library():
    return names("given_name", "surname") + [
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
    ]


def febrl_postcode():
    return names("given_name", "surname") + [
        cl.PostcodeComparison("british_postcode", invalid_postcodes_as_null=True),
        cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
    ]


FAKE = dict(
    load=fake,
    blocking=[["first_name"], ["surname"], ["dob"], ["email"]],
    deterministic=[["first_name", "surname", "dob"], ["email"]],
    em=[["first_name", "surname"], ["dob"]],
    recall=0.7, max_pairs=1e6,
)
FEBRL = dict(
    load=febrl,
    blocking=[["given_name", "surname"], ["date_of_birth"], ["postcode", "given_name"], ["postcode", "surname"],
              ["address_1"], ["suburb", "street_number"], ["given_name", "suburb"], ["surname", "suburb"]],
    deterministic=[["given_name", "surname", "date_of_birth"], ["date_of_birth", "postcode", "surname"]],
    em=[["date_of_birth"], ["postcode", "surname"]],
    recall=0.6, max_pairs=5e6,
)
MODELS = {
    "fake_1000_library": (FAKE, fake_library),
    "fake_1000_swap": (FAKE, fake_swap),
    "fake_1000_distances": (FAKE, fake_distances),
    "fake_1000_expressions": (FAKE, fake_expressions),
    "febrl3_library": (FEBRL, febrl_library),
    "febrl3_postcode": (FEBRL, febrl_postcode),
}


# ---------------------------------------------------------------- Splink

def on(rules):
    return [block_on(*columns) for columns in rules]


def train(connection, case, comparisons):
    records = DuckDBAPI(connection).register("records")
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons,
        blocking_rules_to_generate_predictions=on(case["blocking"]),
        retain_matching_columns=False, retain_intermediate_calculation_columns=True, linker_uid="golden")
    linker = Linker(records, settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(on(case["deterministic"]), recall=case["recall"])
    training.estimate_u_using_random_sampling(max_pairs=case["max_pairs"], seed=SEED)
    for columns in case["em"]:
        training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    return linker


def levels(comparison):
    """The level of a comparison as SQL, numbered as Splink does: -1 where a value is
    missing, 0 for all other pairs, and up to the most alike."""
    number, cases = sum(not level.get("is_null_level", False) for level in comparison["comparison_levels"]), []
    for level in comparison["comparison_levels"]:
        given = -1
        if not level.get("is_null_level", False):
            number = given = number - 1
        condition = level["sql_condition"]
        cases.append("else 0" if condition == "ELSE" else f"when {condition} then {given}")
    return f"case {' '.join(cases)} end"


def write_weights(connection, model, predicted, path):
    """`id_l`, `id_r`, the match weight, and the level of each comparison."""
    columns = [row[0] for row in connection.execute("describe records").fetchall()]
    sides = ", ".join(f'{side}."{column}" as "{column}_{side}"' for side in "lr" for column in columns)
    names = [f"gamma_{comparison['output_column_name']}" for comparison in model["comparisons"]]
    found = ", ".join(levels(comparison) for comparison in model["comparisons"])
    rows = connection.execute(
        f"select unique_id_l, unique_id_r, match_weight, {found} from (select match_weight, {sides} from {predicted} p "
        "join records l on p.unique_id_l = l.unique_id join records r on p.unique_id_r = r.unique_id)").fetchall()

    def key(row):
        return hashlib.sha256(f"{row[0]}|{row[1]}".encode()).digest()

    header = "\t".join(["id_l", "id_r", "match_weight", *names]) + "\n"
    size, kept = len(header), []
    for row in sorted(rows, key=key):
        line = "\t".join([str(row[0]), str(row[1]), repr(row[2]), *map(str, row[3:])]) + "\n"
        size += len(line)
        if size > LIMIT:
            break
        kept.append((row[:2], line))
    path.write_text(header + "".join(line for _, line in sorted(kept)), encoding="utf-8")
    return len(rows), len(kept)


def check_weights(connection, model, predicted, path):
    """The levels of the file and the formulas of README.md give the weights of Splink."""
    prior = model["probability_two_random_records_match"]
    cursor = connection.execute(f"select * from {predicted}")
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row)) for row in cursor.fetchall()]
    rows = {(str(row["unique_id_l"]), str(row["unique_id_r"])): row for row in rows}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        left, right, weight, *found = line.split("\t")
        total = math.log2(prior / (1 - prior))
        for comparison, level in zip(model["comparisons"], map(int, found)):
            if level >= 0:
                total += level_weight(comparison, level, rows[left, right])
        assert abs(total - float(weight)) < 1e-9, (path, line, total)


def level_weight(comparison, number, row):
    """log2(m / u) and the term frequencies. `row` has the frequencies."""
    levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level", False)]
    level = levels[len(levels) - 1 - number]
    m = level.get("m_probability", 0.95 if number == len(levels) - 1 else 0.05 / (len(levels) - 1))
    weight, column = math.log2(m / level["u_probability"]), level.get("tf_adjustment_column")
    shares = [row[f"tf_{column}_{side}"] for side in "lr"] if column else []
    shares = [share for share in shares if share is not None]
    if shares:
        exact = f'"{column}_l" = "{column}_r"'
        u = next(one["u_probability"] for one in levels if one["sql_condition"] == exact)
        share = max([*shares, level.get("tf_minimum_u_value", 0.0)])
        weight += level["tf_adjustment_weight"] * math.log2(u / share)
    return weight


def check_term_frequencies(connection, linker):
    """The tables that Splink uses are shares of the values that are there: nothing to keep."""
    for column in linker._settings_obj._term_frequency_columns:
        name = column.unquote().name
        made = linker.table_management.compute_tf_table(name).physical_name
        off = connection.execute(
            f'select max(abs(t."tf_{name}" - c.n / c.total)) from {made} t join '
            f'(select "{name}" v, count(*) n, (select count("{name}") from records) total from records '
            f'where "{name}" is not null group by "{name}") c on t."{name}" = c.v').fetchall()[0][0]
        assert off == 0, (name, off)


def count_pairs(connection, case):
    """How many pairs each rule gives alone, beyond the rules before it, and in all."""
    records = DuckDBAPI(connection).register("records")

    def count(rules):
        return count_comparisons_from_blocking_rules(
            records, blocking_rules=on(rules), link_type="dedupe_only", record_sample_proportion=1.0)

    rows = []
    for columns, row in zip(case["blocking"], count(case["blocking"])):
        assert not row["is_estimate"], row
        rows.append({
            "columns": columns,
            "alone": count([columns])[0]["cumulative_comparison_count"],
            "beyond_earlier": row["marginal_comparison_count"],
            "cumulative": row["cumulative_comparison_count"],
        })
    return rows


def main():
    data, out = map(Path, sys.argv[1:])
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    counts = {}
    for name, (case, comparisons) in MODELS.items():
        connection = duckdb.connect()
        connection.execute("set threads = 1")
        case["load"](connection, data)
        saved, weights = out / f"{name}.json", out / f"{name}.tsv"
        train(connection, case, comparisons()).misc.save_model_to_json(str(saved), overwrite=True)

        # The model as read back: what a reader of the file can know, and no more.
        linker = Linker(DuckDBAPI(connection).register("records"), str(saved), log_level=None)
        check_term_frequencies(connection, linker)
        predicted = linker.inference.predict().physical_name
        model = json.loads(saved.read_text(encoding="utf-8"))
        pairs, kept = write_weights(connection, model, predicted, weights)
        check_weights(connection, model, predicted, weights)
        rules = count_pairs(connection, case)
        assert pairs == rules[-1]["cumulative"], (name, pairs, rules)
        counts[name] = {"pairs": pairs, "in_file": kept, "rules": rules}
        print(name, pairs, kept)
    (out / "pair_counts.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
