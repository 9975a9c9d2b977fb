#!/usr/bin/env python3
"""Writes special.json: reference values for src/special.rs.

Run from the folder that holds this file; it needs only mpmath:

    python3 -m pip install mpmath
    python3 make_special.py            # writes special.json next to itself

Every argument is a double. It is written with `repr`, which reads back as the
same double, and the value is computed at exactly that double (`mpf(float)` is
exact) with 50 digits, then written with 30. Where mpmath has two independent
routes to a value, both are taken and have to agree to 30 digits.

The random arguments come from a fixed seed: a second run writes the same file.
"""

import json
import math
import pathlib
import random

import mpmath
from mpmath import mp, mpf

mp.dps = 50
DIGITS = 30
AGREE = mpf(10) ** -DIGITS
RNG = random.Random(20240229)


def log_uniform(low, high):
    """A double between low and high, uniform on the log scale."""
    return math.exp(RNG.uniform(math.log(low), math.log(high)))


def agree(first, second, what):
    """Stops the run when two routes to one value differ."""
    scale = max(abs(first), mpf(10) ** -300)
    if abs(first - second) > AGREE * scale:
        raise ArithmeticError(f"{what}: {first} against {second}")


def cases(function, arguments):
    """The list of {"args": [...], "value": "..."} for one function."""
    rows = []
    for args in arguments:
        args = [float(a) for a in args]
        value = function(*[mpf(a) for a in args])
        rows.append({
            "args": [repr(a) for a in args],
            "value": mpmath.nstr(value, DIGITS, strip_zeros=False),
        })
    return rows


# ---------------------------------------------------------------- references

def ln_rising(r, x):
    with mp.extradps(350):  # r may be 1e300 while x is 1
        return mp.loggamma(r + x) - mp.loggamma(r)


def ln_beta(a, b):
    with mp.extradps(350):
        return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def log_sum_exp(*xs):
    top = max(xs)
    with mp.extradps(400):
        return top + mp.log(mp.fsum(mp.exp(x - top) for x in xs))


def log_diff_exp(a, b):
    with mp.extradps(400):
        return a + mp.log1p(-mp.exp(b - a))


def hyp2f1(a, b, c, z):
    """mpmath's value, checked by Euler's transformation (DLMF 15.8.1)."""
    with mp.extradps(60):
        value = mp.hyp2f1(a, b, c, z, maxterms=10**7, maxprec=10**5)
        if z != 1 and value != 0:
            other = (1 - z) ** (c - a - b) * mp.hyp2f1(
                c - a, c - b, c, z, maxterms=10**7, maxprec=10**5)
            agree(value, other, f"hyp2f1({a}, {b}, {c}, {z})")
        return value


def ln_hyp2f1(a, b, c, z):
    return mp.log(hyp2f1(a, b, c, z))


def ln_upper_gamma(a, z):
    """mpmath's incomplete gamma, checked by the exponential integral."""
    with mp.extradps(60):
        value = mp.gammainc(a, z)
        agree(value, z ** a * mp.expint(1 - a, z), f"gammainc({a}, {z})")
        return mp.log(value)


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def normal_quantile(p):
    """Newton's method on ln(cdf) from mpmath's own double-size start."""
    if p > mpf(1) / 2:
        return -normal_quantile(1 - p)
    if p == mpf(1) / 2:
        return mpf(0)
    with mp.extradps(30):
        x = -mp.sqrt(-2 * mp.log(p)) if p < 0.1 else (p - mpf(1) / 2) * mpf(5) / 2
        for _ in range(200):
            cdf = mp.erfc(-x / mp.sqrt(2)) / 2
            step = mp.log(cdf / p) * cdf / mp.npdf(x)
            x -= step
            if abs(step) < mpf(10) ** -70 * abs(x):
                return x
    raise ArithmeticError(f"normal_quantile({p}) did not settle")


# ----------------------------------------------------------------- arguments

TINY_TO_HUGE = [5e-324, 1e-300, 1e-100, 1e-20, 1e-8, 1e-5, 1e-3, 0.01, 0.1, 0.3,
                0.49999999999999994, 0.5, 0.7, 0.9, 1.25, 1.4616321449683623, 1.5,
                1.75, 2.25, 2.4999999999999996, 2.5, 3.0, 3.5, 4.9, 6.5, 9.0,
                9.999999999999998, 10.0, 10.5, 15.0, 33.3, 100.0, 171.6, 1e3,
                12345.678, 1e6, 1e8, 1e10, 1e15, 1e100, 1e300]
NEAR_ONE_AND_TWO = [n + s * d for n in (1.0, 2.0) for s in (-1, 1)
                    for d in (2.5e-16 * 2, 1e-14, 1e-10, 1e-6, 1e-3, 0.1, 0.25, 0.4)]


def gamma_arguments():
    random_part = [log_uniform(1e-3, 1e4) for _ in range(60)]
    return [[x] for x in TINY_TO_HUGE + NEAR_ONE_AND_TWO + random_part]


def beta_arguments():
    grid = [1e-300, 1e-10, 1e-3, 0.01, 0.3, 0.5, 0.9999999999, 1.0, 1.5, 2.0, 5.5,
            9.9, 10.0, 25.0, 100.0, 1234.5, 1e5, 1e8, 1e12, 1e16, 1e100]
    rows = [[a, b] for a in grid for b in grid if a <= b]
    rows += [[log_uniform(0.01, 1e4), log_uniform(0.01, 1e4)] for _ in range(60)]
    return rows


def rising_arguments():
    r_grid = [1e-300, 1e-10, 1e-5, 0.01, 0.243, 0.5, 0.999999, 1.0, 1.000001, 2.0,
              3.7, 9.99, 10.0, 50.0, 1e3, 1e6, 1e10, 1e16, 1e100, 1e300]
    return [[r, x] for r in r_grid
            for x in [0, 1, 2, 3, 7, 15, 16, 17, 40, 100, 999, 5000, 4e9]]


def typical_2f1_arguments():
    """What the models ask: see the module comment of special.rs."""
    zs = [0.0, 1e-12, 1e-3, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 - 1e-6,
          1 - 1e-9, 1 - 1e-12, 1 - 2.0**-53]
    xs = [0, 1, 2, 3, 5, 10, 25, 60, 200, 1000, 5000]
    rows = []
    # The parameters published for CDNOW (r, alpha, a, b), then corners.
    shapes = [(0.2426, 0.7925, 2.4255), (0.01, 0.01, 0.01), (50.0, 50.0, 50.0),
              (0.01, 50.0, 50.0), (50.0, 0.01, 50.0), (50.0, 50.0, 0.01),
              (50.0, 0.01, 1.0), (1.0, 2.0, 1.0), (0.5, 1.5, 2.5)]
    for r, a, b in shapes:
        for x in xs:
            for z in RNG.sample(zs, 4):
                rows.append((r, a, b, x, z))
    for _ in range(150):
        z = RNG.choice([RNG.random(), 1 - log_uniform(1e-12, 1), log_uniform(1e-6, 1)])
        rows.append((log_uniform(0.01, 50), log_uniform(0.01, 50),
                     log_uniform(0.01, 50), int(log_uniform(1, 5001)) - 1, z))
    out = []
    for r, a, b, x, z in rows:
        c = a + b + x - 1
        if c <= 0:
            continue
        out.append([r + x, b + x, c, z])
        out.append([a + b - 1 - r, a - 1, c, z])
    for _ in range(120):
        a, b = log_uniform(0.01, 50), log_uniform(0.01, 50)
        n = int(log_uniform(1, 5001)) - 1
        d = log_uniform(1e-6, 1e4)
        out.append([1.0, b + n, a + b + n, 1 / (1 + d)])
        out.append([1.0, a + 1 - b, a + 1, 1 / (1 + d)])
    # Whole-number c - a - b, where the 1 - z connection formula breaks down,
    # and numbers next to it.
    for s in (0.0, 1e-12, -1e-9, 1.0, 1 + 1e-10, 2.0, -1.0, -2.0, 3.0, 5.0):
        for z in (0.3, 0.95, 0.999, 1 - 1e-6, 1 - 1e-12):
            out.append([1.5, 2.25, 3.75 + s if 3.75 + s > 0 else 0.5, z])
            out.append([1.0, 30.5, 31.5 + s, z])
    return out


def other_2f1_arguments():
    rows = []
    for z in (-1e-10, -0.1, -0.5, -1.0, -3.0, -100.0, -1e6, -1e12):
        rows += [[0.3, 1.2, 2.5, z], [1.0, 1.0, 2.0, z], [5.0, 7.5, 20.0, z],
                 [2.0, 0.5, 0.25, z], [12.5, 3.0, 1.5, z], [-0.5, 0.75, 1.25, z],
                 [1.0, 50.0, 51.0, z]]
    for z in (0.2, 0.7, 0.98, 0.9999, 1 - 1e-9):
        rows += [[-3.0, 4.5, 2.5, z], [-0.5, 0.75, 1.25, z], [-2.5, 3.5, 1.0, z],
                 [-7.25, 9.5, 1.5, z], [-20.5, 30.0, 1.0, z], [0.5, 0.5, 1e-3, z],
                 [-10.3, -8.2, 0.7, z], [200.0, 300.0, 10.0, z * 0.5],
                 [1.0, 300.0, 10.0, z * 0.5], [0.5, 0.5, 1.0, z]]
    rows += [[1.0, 2.0, 3.5, 1.0], [0.3, 0.4, 0.75, 1.0], [-0.5, 0.25, 1.0, 1.0],
             [-3.0, 2.5, 4.0, 1.0], [1.0, 50.0, 90.0, 1.0], [4.5, 0.5, 4.0, -0.25],
             [-2.5, 0.5, 0.25, 1.0], [1.0, 1e4, 1e4 + 2, 1.0]]
    for _ in range(80):
        rows.append([RNG.uniform(-5, 10), RNG.uniform(-5, 10), log_uniform(0.1, 20),
                     1 - log_uniform(1e-6, 1e3)])
    return rows


def ln_2f1_arguments():
    rows = [[5000.0, 5000.0, 1.0, 0.5], [3000.5, 4000.25, 10.0, 0.9],
            [2000.0, 2500.0, 4000.0, 0.99], [5050.0, 5000.01, 4999.02, 0.9],
            [51.0, 51.0, 0.5, 1 - 1e-12], [0.5, 0.5, 1.0, 1e-8],
            [1.0, 5000.0, 5000.5, 1 - 1e-9], [1e-3, 1e-3, 1e-3, 1 - 1e-6]]
    for _ in range(60):
        rows.append([log_uniform(0.01, 5000), log_uniform(0.01, 5000),
                     log_uniform(0.01, 5000), RNG.choice(
                         [RNG.random(), 1 - log_uniform(1e-6, 1)])])
    return rows


def upper_gamma_arguments():
    a_grid = [-1000.5, -100.0, -50.0, -30.25, -5.0, -3.0 + 1e-9, -3.0, -2.5,
              -1.0 - 1e-12, -1.0, -1.0 + 1e-6, -0.51, -0.5, -1e-3, -1e-15, 0.0,
              1e-300, 1e-10, 0.01, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 5.0, 20.0, 100.0,
              1000.0]
    z_grid = [1e-300, 1e-20, 1e-5, 0.01, 0.3, 0.56, 0.9999999, 1.0, 1.2, 2.0, 5.0,
              20.0, 99.0, 101.0, 700.0, 1001.5, 1e4]
    return [[a, z] for a in a_grid for z in z_grid]


def normal_arguments():
    xs = [0.0, 1e-300, -1e-300, 1e-10, 0.1, 0.5, 0.6744897501960817, 1.0, 1.5, 1.96,
          1.9999999999999998, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 8.3, 10.0, 15.0, 20.0,
          25.5, 30.0, 37.0, 37.5]
    return [[s * x] for x in xs for s in (1, -1)]


def quantile_arguments():
    ps = [1e-300, 1e-200, 1e-100, 1e-50, 1e-20, 1e-16, 1e-10, 1e-5, 1e-3, 0.01, 0.02275,
          0.02276, 0.025, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.49, 0.4999999, 0.49999999999999994,
          0.5, 0.5000000000000001, 0.500001, 0.6, 0.75, 0.9, 0.95, 0.975, 0.99, 0.999,
          1 - 1e-6, 1 - 1e-10, 1 - 2.0**-53]
    return [[p] for p in ps]


def sum_exp_arguments():
    return [[0, 0], [1, -1], [-1000, -1000.5], [700, 710], [1e-10, -40], [-800, -5],
            [-0.6931471805599453, -0.6931471805599453], [1e5, 1e5 - 3]]


def diff_exp_arguments():
    return [[0, -1e-10], [0, -0.5], [0, -0.7], [0, -40], [-1000, -1000.5], [710, 700],
            [1e-3, -6.9], [5, 4.999999999]]


def slice_arguments():
    return [[3.0], [0, 0, 0], [-1000, -1001, -1002, -1003], [710, 1, 2, 709.5],
            [-1e300, 0.5], [0.1, 0.2, 0.3, 0.4, 0.5]]


def one_case_per_line(document):
    """JSON with one reference value per line, so that a diff can be read."""
    lines = ["{"]
    for key in ("source", "tolerance"):
        lines.append(f" {json.dumps(key)}: {json.dumps(document[key])},")
    lines.append(' "cases": {')
    blocks = []
    for name, rows in document["cases"].items():
        body = ",\n".join("   " + json.dumps(row) for row in rows)
        blocks.append(f"  {json.dumps(name)}: [\n{body}\n  ]")
    lines.append(",\n".join(blocks))
    return "\n".join(lines) + "\n }\n}\n"


def main():
    document = {
        "source": f"mpmath {mpmath.__version__}, mp.dps = 50",
        "tolerance": "stated per function by the tests of src/special.rs",
        "cases": {
            "ln_gamma": cases(mp.loggamma, gamma_arguments()),
            "digamma": cases(mp.digamma, [r for r in gamma_arguments() if r[0] > 1e-307]),
            "trigamma": cases(lambda x: mp.psi(1, x),
                              [r for r in gamma_arguments() if r[0] > 1e-150]),
            "ln_beta": cases(ln_beta, beta_arguments()),
            "ln_rising": cases(ln_rising, rising_arguments()),
            "log_sum_exp": cases(log_sum_exp, sum_exp_arguments()),
            "log_diff_exp": cases(log_diff_exp, diff_exp_arguments()),
            "log_sum_exp_slice": cases(log_sum_exp, slice_arguments()),
            "hyp2f1": cases(hyp2f1, typical_2f1_arguments()),
            "hyp2f1_other": cases(hyp2f1, other_2f1_arguments()),
            "ln_hyp2f1": cases(ln_hyp2f1, ln_2f1_arguments()),
            "ln_upper_gamma": cases(ln_upper_gamma, upper_gamma_arguments()),
            "normal_cdf": cases(normal_cdf, normal_arguments()),
            "normal_quantile": cases(normal_quantile, quantile_arguments()),
        },
    }
    path = pathlib.Path(__file__).with_name("special.json")
    path.write_text(one_case_per_line(document))


if __name__ == "__main__":
    main()
