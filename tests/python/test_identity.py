"""Identity through Python: against Splink, published numbers, and the truth of simulations."""

import csv
import datetime
import json
import math
import pickle

import polars
import pytest

import custometry
from conftest import ROOT
from custometry import CustometryError, identity, simulate

GOLDEN = ROOT / "tests" / "golden" / "identity"
#: Data sets that are not in the repository: a folder beside it, or beside a folder that it is in.
DATA = [folder / "shared" / "data" for folder in ROOT.parents]


@pytest.fixture(scope="module")
def people():
    return simulate.SimulatedPeople.generate(records=3_000).to_table()


@pytest.fixture(scope="module")
def records(people):
    return identity.Records.read(people, key="record")


@pytest.fixture(scope="module")
def blocking(records):
    return identity.Blocking.block(
        records, **identity.Blocking.suited_to(records, max_pairs=500_000)
    )


@pytest.fixture(scope="module")
def model(blocking):
    return identity.FellegiSunter.fit(blocking)


@pytest.fixture(scope="module")
def scorer(model, records):
    return model.scorer(records)


@pytest.fixture(scope="module")
def scored(scorer, blocking):
    return scorer.score(blocking, -10.0)


@pytest.fixture(scope="module")
def resolution(scorer, blocking, scored):
    return identity.Resolution.resolve(scorer, blocking, scored)


# ---- Splink 5.0.0, see tests/golden/identity/README.md ----


def read(name):
    path = next((folder / name for folder in DATA if (folder / name).exists()), None)
    if path is None:
        pytest.skip(f"{name} is not there")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    return {name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}


@pytest.mark.parametrize("name", ["library", "swap", "distances", "expressions"])
def test_weights_are_those_of_splink(name):
    table = read("fake_1000.csv")
    kinds = {column: "verbatim" for column in table if column != "unique_id"}
    records = identity.Records.read(table, key="unique_id", fields=kinds)
    text = (GOLDEN / f"fake_1000_{name}.json").read_text(encoding="utf-8")
    splink = identity.SplinkModel.from_json(text)
    scorer = splink.model.scorer(records)

    lines = (GOLDEN / f"fake_1000_{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    golden = [line.split("\t") for line in lines]
    rows = [records.find_all({"key": [line[at] for line in golden]}).to_list() for at in (0, 1)]
    weights = scorer.score_pairs({"a": rows[0], "b": rows[1]}).to_list()
    assert len(weights) > 3_000
    for ours, line in zip(weights, golden):
        assert ours == pytest.approx(float(line[2]), abs=1e-3)

    counts = json.loads((GOLDEN / "pair_counts.json").read_text(encoding="utf-8"))
    rules = counts[f"fake_1000_{name}"]["rules"]
    blocking = identity.Blocking.block(records, splink.rules, pairs=splink.pairs)
    made = blocking.count()
    assert [rule["alone"] for rule in rules] == blocking.to_table()["pairs"].to_list()
    assert [rule["beyond_earlier"] for rule in rules] == made["new"]
    assert counts[f"fake_1000_{name}"]["pairs"] == made["total"]


# ---- published numbers ----


def test_similarities_are_those_of_winkler():
    # Winkler (1990), as in the tests of the library.
    assert identity.jaro("MARTHA", "MARHTA") == pytest.approx(0.9444, abs=5e-5)
    assert identity.jaro_winkler("MARTHA", "MARHTA") == pytest.approx(0.9611, abs=5e-5)
    column = identity.jaro_winkler(["MARTHA", None], ["MARHTA", "x"]).to_list()
    assert column == [identity.jaro_winkler("MARTHA", "MARHTA"), None]
    assert identity.jaro_winkler("MARTHA", ["MARTHA", "MARHTA"]).to_list()[0] == 1.0
    assert identity.osa("ca", "abc") == 3
    assert identity.damerau_levenshtein("ca", "abc") == 2
    with pytest.raises(CustometryError) as caught:
        identity.jaro(["a"], ["b", "c"])
    assert caught.value.kind == "length_mismatch"


def test_phonetic_codes_are_those_of_commons_codec():
    lines = (GOLDEN / "phonetic_rphonetic_4_0_0.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if line and not line.startswith("#")]
    names = [row[0] for row in rows]
    double = identity.double_metaphone(names)
    alternates = [
        primary if alternate is None else alternate
        for primary, alternate in zip(double["primary"], double["alternate"])
    ]
    assert identity.soundex(names).to_list() == [row[1] for row in rows]
    assert identity.nysiis(names).to_list() == [row[2] for row in rows]
    assert double["primary"].to_list() == [row[3] for row in rows]
    assert alternates == [row[4] for row in rows]
    assert identity.cologne(names).to_list() == [row[5] for row in rows]
    assert identity.soundex("Robert") == identity.soundex("Rupert") == "R163"


def test_agreement_is_that_of_the_paper():
    # Bagga and Baldwin (1998): chains of 5, 2 and 5 mentions, of which two are joined.
    truth = ["a"] * 5 + ["b"] * 2 + ["c"] * 5
    joined = identity.b_cubed([1] * 5 + [2] * 7, truth)
    assert joined["precision"] == pytest.approx(16 / 21)
    assert (joined["recall"], joined["both"], joined["found"]) == (1.0, 21, 31)
    assert identity.pairwise([7, 7, 7, 8], [1, 1, 2, 2])["f1"] == pytest.approx(2 / 5)
    with pytest.raises(CustometryError) as caught:
        identity.pairwise([1], [])
    assert caught.value.kind == "length_mismatch"


# ---- texts ----


def test_texts_have_one_form():
    assert identity.normalise_surname("O'Brien") == identity.normalise_surname("OBRIEN")
    assert identity.normalise_phone("030 901820", "DE") == "+4930901820"
    assert identity.PhoneRegion.new("uk") == "GB"
    assert identity.normalise_email("J.Cruz+shop@gmail.com")["address"] == "jcruz@gmail.com"
    assert identity.normalise_email("no address") is None
    assert identity.parse_full_name("Lee, Ann")["surname"] == "lee"
    assert identity.parse_full_name(["Lee, Ann", None])["given"].to_list() == ["ann", None]
    assert str(identity.parse_birth_date("2/1/1970", "day_first")) == "1970-01-02"
    assert identity.date_order_of(["13/1/1970", "?"]) == "day_first"
    assert identity.is_placeholder_date("1900-01-01")
    assert identity.are_nicknames("bob", "robert")
    assert identity.is_generic_text(["unknown", "lee"]).to_list() == [True, False]
    assert identity.haversine_km((0.0, 0.0), (0.0, 180.0)) == pytest.approx(
        math.pi * 6371, rel=1e-3
    )
    assert identity.Part.of({"prefix": 3}, "müller") == "mül"
    sound = identity.ColumnPart.then(identity.ColumnPart.new("full_name", "last_word"), "soundex")
    assert identity.ColumnPart.of(sound, "ann lee") == "L000"
    assert identity.ColumnPart.text(sound) == "Soundex of LastWord of full_name"


def test_prepared_texts_are_compared_by_place():
    texts = identity.PreparedTexts.new(["martha", "marhta", "smith"])
    assert (len(texts), texts.get(1), texts.get(9)) == (3, "marhta", None)
    assert texts.jaro_winkler(0, 1) == identity.jaro_winkler("martha", "marhta")
    assert texts.osa_within(0, [1, 2], 1).to_list() == [1, None]
    assert texts.levenshtein_within(0, 1, 1) is None
    assert texts.jaro_winkler_at_least(0, 2, 0.9) is None
    assert texts.damerau_within(0, 1, 1) == 1


# ---- records ----


def test_records_are_read_from_any_columns():
    table = {
        "id": ["17", "18", "17"],
        "shop": ["shop", "shop", "web"],
        "name": ["Dr. José", "ANN", "jose"],
        "born": ["1970-05-17", None, "1970-05-17"],
        "lat": [52.5, None, 52.5],
        "lon": [13.4, None, 13.4],
        "height": [1.7, None, 1.8],
    }
    fields = {
        "name": {"kind": "given_name", "name": "given_name"},
        "born": "birth_date",
        "lat": {"kind": "place", "name": "home", "longitude": "lon"},
        "height": "number",
    }
    records = identity.Records.read(table, key="id", source="shop", fields=fields)
    assert (len(records), records.sources) == (3, ["shop", "web"])
    assert list(records.fields) == ["given_name", "born", "home", "height"]
    assert records.value(0, "given_name") == records.value(2, "given_name") == "jose"
    assert records.value(0, "home") == "52.5, 13.4"
    assert records.key(2) == {"source": "web", "key": "17"}
    assert (records.find("17", "web"), records.find("18", "web")) == (2, None)
    assert records.find_all(table, key="id", source="shop").to_list() == [0, 1, 2]
    assert records.report("born")["blank"] == 1
    assert records.report("nothing") is None
    assert records.to_table()["height"].to_list() == [1.7, None, 1.8]
    assert records.field_reports["known"].to_list() == [3, 2, 2, 2]


def test_records_of_a_frame_of_any_types():
    days = [datetime.date(1970, 5, 17), None, datetime.date(1980, 1, 2)]
    frame = polars.DataFrame(
        {
            "id": ["a", "b", "c"],
            "names": [["Lee", "Li"], None, ["li", "LEE"]],
            "born": days,
            "zip": [10115.0, None, 80331.0],
        }
    )
    fields = {"names": "set", "born": "birth_date", "zip": "postcode"}
    records = identity.Records.read(frame, key="id", fields=fields)
    table = records.to_table()
    assert table["names"].to_list() == ["lee, li", None, "lee, li"]
    assert table["born"].to_list() == ["1970-05-17", None, "1980-01-02"]
    assert table["zip"].to_list() == ["10115", None, "80331"]
    assert records.field_reports["first_unreadable"].null_count == 3
    with pytest.raises(CustometryError, match="Float64 in column zip, expected lists of texts"):
        identity.Records.read(frame, key="id", fields={"zip": "set"})


def test_records_that_cannot_be_say_where():
    with pytest.raises(CustometryError) as caught:
        identity.Records.read({"key": ["a", "b", "a"]})
    assert caught.value.kind == "duplicate_key"
    with pytest.raises(CustometryError) as caught:
        identity.Records.read({"id": ["a", None]}, key="id")
    assert (caught.value.kind, caught.value.row) == ("invalid_value", 1)
    with pytest.raises(CustometryError) as caught:
        identity.Records.read({"key": ["a"]}, fields={"surnam": "surname"})
    assert caught.value.kind == "invalid_parameter"


# ---- rules, comparisons ----


def test_small_values_are_those_of_the_library(records):
    year = identity.ColumnPart.new("birth_date", "year")
    rule = identity.BlockingRule.on("surname", year)
    assert identity.BlockingRule.text(rule) == "surname, Year of birth_date"
    rule = identity.BlockingRule.and_(rule, identity.Key.deletions("given_name"))
    assert len(identity.BlockingRule.keys(rule)) == 3
    hot = identity.BlockingRule.on("surname", above=3, hot_blocks=identity.HotBlocks.SKIP)
    blocking = identity.Blocking.block(records, [rule, hot])
    assert blocking.rules[1]["hot"] > 0
    assert len(blocking.hot_blocks) > 0
    near = identity.BlockingRule.neighbourhood("surname", window=10)
    assert identity.BlockingRule.text(near).startswith("less than 10 places apart")

    city = identity.Comparison.exact("city")
    assert city["levels"][1]["test"] == identity.Test.OTHERWISE
    assert len(identity.Comparison.jaro_winkler("surname", [0.92, 0.88])["levels"]) == 4
    assert identity.Comparison.of_kind("email", "email") == identity.Comparison.email("email")
    both = identity.Test.all(
        identity.Test.exact("a"), identity.Test.not_(identity.Test.missing("b"))
    )
    by_hand = identity.Comparison.new(
        "by hand",
        identity.Test.missing("a"),
        [
            identity.Level.new("both", both),
            identity.Level.new("a", identity.Test.exact("a"), term_frequency="a"),
        ],
    )
    assert [level["name"] for level in by_hand["levels"]] == ["both", "a", "else"]
    with pytest.raises(CustometryError) as caught:
        identity.Blocking.block(records, [])
    assert caught.value.kind == "invalid_parameter"


def test_weights_are_bits():
    assert identity.MatchWeight.probability(10.0) == pytest.approx(1024 / 1025)
    assert identity.MatchWeight.probability([0.0, 10.0]).to_list()[0] == 0.5
    assert identity.MatchWeight.from_probability(0.5) == 0.0
    assert identity.MatchWeight.from_bits(0.1) == round(0.1 * 65_536) / 65_536
    with pytest.raises(CustometryError):
        identity.MatchWeight.from_probability(1.0)


# ---- models ----


def test_a_model_by_its_numbers():
    records = identity.Records.read({"key": [1, 2, 3, 4], "surname": ["Lee", "Lee", "Ma", "Ma"]})
    surname = identity.ComparisonModel.new(
        identity.Comparison.exact("surname"), [0.9, 0.1], [0.01, 0.99]
    )
    model = identity.FellegiSunter.new(0.1, [surname])
    assert (model.lambda_, model.families, model.report) == (0.1, None, None)
    assert model.with_families(0.2).families == 0.2
    assert model.level_order("falling") != model
    census = identity.TermFrequencies.new({"surname": {"lee": 0.02, "ma": 0.0025}})
    lee, ma = model.scorer(records, frequencies=census).score_pairs([(0, 1), (2, 3)])
    # An eighth as common: three bits more.
    assert ma - lee == 3.0
    same = identity.TermFrequencies.read(
        {"value": ["lee", "ma"], "share": [0.02, 0.0025]}, "surname"
    )
    assert model.scorer(records, frequencies=same).score_pairs([(0, 1)]).to_list() == [lee]
    with pytest.raises(CustometryError) as caught:
        model.scorer(records).score_pairs([(0, 1), (0, 9)])
    assert (caught.value.kind, caught.value.row) == ("invalid_value", 1)
    with pytest.raises(CustometryError):
        identity.FellegiSunter.new(1.0, [surname])


def test_models_are_saved(model, records, scored, blocking):
    again = custometry.load(model.to_json())
    assert again == model == pickle.loads(pickle.dumps(model))
    assert identity.FellegiSunter.from_json(model.to_json()) == model
    weighed = again.scorer(records).score(blocking, -10.0)
    assert weighed.to_table() == scored.to_table()
    assert model.report["expected_matches"] > 0
    levels = model.to_table()
    assert len(levels) == sum(len(one["m"]) for one in model.comparisons)


def test_explanations_add_up(scorer, scored):
    edge = scored.to_table().row(0)
    why = scorer.explain(edge["a"], edge["b"])
    parts = sum(one["weight"] + one["term_frequency"] for one in why["comparisons"])
    assert why["prior"] + parts == why["against_random"]
    assert why["weight"] == edge["weight"]
    assert why["probability"] == edge["probability"]


# ---- customers ----


def test_simulated_people_are_found(resolution, people, scored, records, blocking):
    found = identity.pairwise(resolution.cluster, people["person"])
    assert found["f1"] > 0.97
    assert resolution.clusters == max(resolution.cluster) + 1
    assert len(resolution) == len(people) == len(resolution.to_table())
    assert identity.blocking_recall(blocking, people["person"]) > 0.9
    links = identity.pairwise_of_links(resolution.links, people["person"], records)
    assert links["precision"] > 0.97
    assert scored.pairs == sum(scored.histogram["pairs"])
    assert set(resolution.expected) == {"precision", "recall", "f1"}


def test_clusters_are_explained(resolution, scorer, blocking, scored):
    diagnoses = resolution.diagnose(scorer, scored)
    assert min(diagnoses["records"]) == 2
    link = resolution.links.row(0)
    pair = resolution.explain_pair(scorer, blocking, scored, link["a"], link["b"])
    assert pair["together"]
    assert pair["pair"]["weight"] + pair["missing"] == resolution.threshold
    cluster = resolution.explain_cluster(scorer, blocking, scored, link["a"])
    assert {link["a"], link["b"]} <= set(cluster["records"])
    assert len(cluster["steps"]) == len(cluster["records"]) - 1
    with pytest.raises(CustometryError) as caught:
        resolution.explain_cluster(scorer, blocking, scored, 1_000_000)
    assert caught.value.kind == "invalid_value"


def test_what_is_known_is_kept(resolution, scorer, blocking, scored):
    link = resolution.links.row(0)
    pair = (link["a"], link["b"])
    apart = identity.Resolution.resolve(scorer, blocking, scored, cannot_link=[pair])
    assert apart.cluster[pair[0]] != apart.cluster[pair[1]]
    assert apart.explain_pair(scorer, blocking, scored, *pair)["verdict"]["forbidden"]
    with pytest.raises(CustometryError) as caught:
        identity.Resolution.resolve(
            scorer, blocking, scored, must_link=[pair], cannot_link={"a": [pair[0]], "b": [pair[1]]}
        )
    assert caught.value.kind == "degenerate"
    strict = identity.Resolution.resolve(
        scorer, blocking, scored, threshold=identity.Threshold.weight(30.0), clustering="connected"
    )
    assert strict.threshold == 30.0
    assert strict.clusters > resolution.clusters


def test_objects_that_do_not_belong_together_are_refused(people, scorer, scored):
    others = identity.Records.read(people, key="record")
    params = identity.Blocking.suited_to(others, max_pairs=500_000)
    with pytest.raises(CustometryError) as caught:
        scorer.score(identity.Blocking.block(others, **params), -10.0)
    assert caught.value.kind == "invalid_parameter"
    assert isinstance(scorer.records, identity.Records)
    assert scorer.score(identity.Blocking.block(scorer.records, **params), -10.0).pairs > 0


def test_quality_is_foreseen(blocking, scored):
    quality = identity.LinkQuality.new(blocking, scored)
    best = quality.at(quality.best_f1)
    curve = quality.at([-5.0, quality.best_f1, 25.0])
    assert curve["f1"][1] == best["f1"] == max(curve["f1"])
    assert quality.at(quality.false_discovery(0.01))["precision"] >= 0.99
    assert 0.0 < quality.blocking_recall <= 1.0


def test_alternatives_have_intervals(resolution, scorer, scored, records):
    alternatives = identity.Alternatives.draw(resolution, scorer, scored, draws=50)
    customers = alternatives.customers(level=0.9)
    assert customers["value"] == resolution.clusters
    assert customers["lower"] <= customers["value"] <= customers["upper"]
    assert (alternatives.draws, alternatives.cluster(50)) == (50, None)
    assert len(alternatives.cluster(0)) == len(records)
    again = alternatives.estimate(
        records, lambda crosswalk: {"customers": len(crosswalk.customers)}, level=0.9
    )
    assert again["customers"] == customers
    assert set(alternatives.to_table().columns) == {"a", "b", "made", "probability"}
