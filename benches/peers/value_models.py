"""Purchase models, spend and lifetime value beside lifetimes, on the same columns.

Every case starts from columns in memory. Fits include sorting and joining equal
histories on our side; predictions do not, as histories are made once for all of them:
that step is a case of its own.
"""

import tempfile
import warnings
from pathlib import Path

import common

# 12 months of lifetimes, which are 4.345 weeks each, at 1 % a month.
MONTHS = 12
MONTHLY_DISCOUNT = 0.01


def columns(folder):
    import numpy as np

    folder = Path(folder)
    return {
        "frequency": np.fromfile(folder / "frequency.u32", dtype="<u4").astype(float),
        "recency": np.fromfile(folder / "recency.f64", dtype="<f8"),
        "T": np.fromfile(folder / "age.f64", dtype="<f8"),
        "mean": np.fromfile(folder / "mean.f64", dtype="<f8"),
    }


def write_cdnow(folder):
    """The CDNOW summary that comes with lifetimes, times in weeks."""
    from lifetimes.datasets import load_cdnow_summary_data_with_monetary_value

    data = load_cdnow_summary_data_with_monetary_value()
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    data["frequency"].to_numpy().astype("<u4").tofile(folder / "frequency.u32")
    for name, column in (("recency", "recency"), ("age", "T"), ("mean", "monetary_value")):
        data[column].to_numpy().astype("<f8").tofile(folder / f"{name}.f64")


def fitted(name, known):
    import lifetimes

    model = getattr(lifetimes, name)(penalizer_coef=0.0)
    return model.fit(known["frequency"], known["recency"], known["T"])


def given(known):
    """BG/NBD and Gamma-Gamma at published parameters, as on our side."""
    import lifetimes
    import pandas as pd

    purchases = lifetimes.BetaGeoFitter()
    purchases.params_ = pd.Series({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    purchases.predict = purchases.conditional_expected_number_of_purchases_up_to_time
    spend = lifetimes.GammaGammaFitter()
    spend.params_ = pd.Series({"p": 6.25, "q": 3.74, "v": 15.44})
    return purchases, spend


def bg_nbd_fit(known):
    model = fitted("BetaGeoFitter", known)
    return float(model.params_["r"])


def pareto_nbd_fit(known):
    model = fitted("ParetoNBDFitter", known)
    return float(model.params_["r"])


def p_alive(known):
    purchases, _ = given(known)
    values = purchases.conditional_probability_alive(known["frequency"], known["recency"], known["T"])
    return float(values.mean())


def expected(known):
    purchases, _ = given(known)
    return float(purchases.predict(52, known["frequency"], known["recency"], known["T"]).mean())


def clv(known):
    import pandas as pd

    purchases, spend = given(known)
    series = {name: pd.Series(values) for name, values in known.items()}
    values = spend.customer_lifetime_value(
        purchases, series["frequency"], series["recency"], series["T"], series["mean"],
        time=MONTHS, discount_rate=MONTHLY_DISCOUNT, freq="W")
    return float(values.mean())


# The case, the data it runs on, the peer if there is one, and the ratio to reach.
CASES = [
    ("bg-nbd-fit", "cdnow", bg_nbd_fit, 25),
    ("pareto-nbd-fit", "cdnow", pareto_nbd_fit, 10),
    ("bootstrap", "cdnow", None, None),
    ("bg-nbd-fit", "large", bg_nbd_fit, 50),
    ("histories", "large", None, None),
    ("p-alive", "large", p_alive, 5),
    ("expected", "large", expected, 5),
    ("clv", "large", clv, 10),
]

# How far the answers of the two sides may be apart: a loose optimum, and for lifetime
# value a discount by the month and not by the purchase.
CLOSE = {"bg-nbd-fit": 2e-3, "pareto-nbd-fit": 2e-3, "p-alive": 1e-9, "expected": 1e-9, "clv": 2e-2}


def case(name, folder):
    """The peer, in the process that is running."""
    warnings.filterwarnings("ignore")
    work = {case: work for case, _, work, _ in CASES if work is not None}[name]
    known, answer = columns(folder), []
    seconds = common.timed(lambda: answer.append(work(known)), calls=2)
    return {"seconds": seconds, "answer": answer[-1]}


def run(program, peer, customers, threads, rounds):
    """`peer(case, folder)` runs a case in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        folders = {"cdnow": f"{folder}/cdnow", "large": f"{folder}/large"}
        write_cdnow(folders["cdnow"])
        common.run_json([program, "histories", customers, folders["large"]])
        print(f"\n| case | data | custometry, s | lifetimes, s | times ours | to reach |\n|---|---|---|---|---|---|")
        for name, data, work, least in CASES:
            both = {"ours": lambda: common.run_json([program, "model", name, folders[data], 3, threads])}
            if work is not None:
                both["lifetimes"] = lambda: peer(name, folders[data])
            results = common.rounds(rounds, both)
            mine = common.median(results["ours"])
            if work is None:
                print(f"| {name} | {data} | {mine:.5f} | | | |", flush=True)
                continue
            ours, theirs = (results[side][0]["answer"] for side in ("ours", "lifetimes"))
            assert abs(ours / theirs - 1) < CLOSE[name], (name, ours, theirs)
            ratio = common.ratio(results["lifetimes"], results["ours"])
            print(f"| {name} | {data} | {mine:.5f} | {common.median(results['lifetimes']):.4f} "
                  f"| {ratio:.1f} | {least} |", flush=True)
