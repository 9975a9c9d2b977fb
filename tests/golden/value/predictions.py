#!/usr/bin/env python3
"""Writes predictions.json: reference values for the customer-base purchase models.

Run from anywhere; it needs mpmath (gmpy2 makes it faster):

    python3 -m pip install mpmath gmpy2
    python3 predictions.py             # writes predictions.json next to itself

Every parameter, time, rate and threshold is a double and is used at exactly that
double (`mpf(float)` is exact). Every value is computed at DPS digits in at least
two ways (a closed form, and a numerical integral over the latent parameters or
over time), which must agree to AGREE; a part of them are also done as a double
integral over both latent parameters. Nothing is random: a second run
writes the same file. `--report` prints how far apart the ways were.

Models
------
A customer's first purchase is at time 0; x repeat purchases follow, the last one
at t_x, and observation ends at T. While active, a customer purchases as a Poisson
process with rate l, l ~ Gamma(r, rate alpha). They differ in how customers leave:

  nbd         never.
              Ehrenberg (1959), "The pattern of consumer purchases".
  bg_nbd      with probability p after each repeat purchase, p ~ Beta(a, b).
              Fader, Hardie, Lee (2005), "Counting your customers the easy way".
  mbg_nbd     with probability p after each purchase, the first one included.
              Batislam, Denizel, Filiztekin (2007), "Empirical validation and
              comparison of models for customer base analysis"; Hoppe, Wagner
              (2007), "Customer base analysis: the case for a central variant of
              the BG/NBD model".
  pareto_nbd  at an exponential age with rate m, m ~ Gamma(s, rate beta).
              Schmittlein, Morrison, Colombo (1987), "Counting your customers: who
              are they and what will they do next?"; Fader, Hardie (2005), "A note
              on deriving the Pareto/NBD model"; Fader, Hardie, Lee (2005), "RFM and
              CLV" (DERT); Fader, Hardie (2014), "Deriving the conditional PMF of
              the Pareto/NBD model".

Given that the customer is still active at T, the latent parameters are independent
again, which everything below uses:

  l ~ Gamma(A, rate c),  A = r + x,  c = alpha + T
  p ~ Beta(a, B),        B = b + chances to leave so far
  m ~ Gamma(s, rate k),  k = beta + T
"""

import json
import pathlib
import sys
from functools import lru_cache

import mpmath
from mpmath import mp, mpf
from mpmath.calculus.quadrature import GaussLegendre

DPS = 60  # working digits
SPARE = 240  # working digits where a closed form cancels
DIGITS = 20  # digits written
AGREE = mpf(10) ** -28  # largest relative difference between two ways
SMALLEST = mpf(10) ** -60  # a smaller probability is left out
TINY = mpf(10) ** -110  # weight at which a quadrature's tail is cut off

mp.dps = DPS


# ------------------------------------------------------------------ quadrature

def trapezoid(density, step):
    """[(v, weight)] of the trapezoidal rule for a density that dies out both ways."""
    rows = []
    for start, sign in ((0, 1), (-1, -1)):
        i = start
        while True:
            weight = density(i * step) * step
            rows.append((i * step, weight))
            if weight < TINY and abs(i) * step > 1:
                break
            i += sign
    return rows


@lru_cache(maxsize=None)
def gamma_nodes(shape, rate, finer=1):
    """[(l, weight)] with sum weight f(l) = E f(l) for l ~ Gamma(shape, rate).

    The trapezoidal rule in ln l, which converges exponentially. A small shape has a
    long left tail in ln l = y; then y = v - e^-v brings it in (a double exponential
    rule). `finer` divides the step, for a function with poles near the real axis."""
    norm = shape * mp.log(rate) - mp.loggamma(shape)
    middle = mp.log(shape / rate)
    if shape >= 3:
        scale = 1 / mp.sqrt(shape)
        def y_of(v):
            return middle + scale * v, scale
        step = mpf("0.2")
    else:
        def y_of(v):
            e = mp.exp(-v)
            return middle + v - e, 1 + e
        step = mpf("0.06")

    def density(v):
        y, slope = y_of(v)
        return slope * mp.exp(norm + shape * y - rate * mp.exp(y))

    return [(mp.exp(y_of(v)[0]), w) for v, w in trapezoid(density, step / finer)]


@lru_cache(maxsize=None)
def beta_nodes(a, b):
    """[(p, 1 - p, weight)] with sum weight f(p) = E f(p) for p ~ Beta(a, b).

    The trapezoidal rule in v, logit p = logit of the mean + sinh v. Keeping 1 - p
    apart from p, and exponents without limit, makes p^(a-1) harmless for any a."""
    norm = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    middle = mp.log(a / b)
    # The poles at logit p = i pi come near the real v-axis when middle is far from 0.
    step = mpf("0.035") / max(1, abs(middle) / 4)

    def point(v):
        z = middle + mp.sinh(v)
        if z > 0:
            e = mp.exp(-z)
            return 1 / (1 + e), e / (1 + e), -mp.log1p(e), -z - mp.log1p(e)
        e = mp.exp(z)
        return e / (1 + e), 1 / (1 + e), z - mp.log1p(e), -mp.log1p(e)

    def density(v):
        _, _, log_p, log_q = point(v)
        return mp.cosh(v) * mp.exp(norm + a * log_p + b * log_q)

    return [point(v)[:2] + (w,) for v, w in trapezoid(density, step)]


def mean(f, nodes):
    """E f(latent) over gamma_nodes or beta_nodes (f takes the node without weight)."""
    return mp.fsum(w * f(*node) for *node, w in nodes)


def mean_pair(f, first, second):
    """E f(first, second) over two independent latent parameters.

    As the second one goes to 0 every f here tends to its value at 0; below 1e-90
    that value, taken once, is exact to more digits than are kept."""
    total, at_zero = mpf(0), None
    for u, *_, w in second:
        if u < mpf(10) ** -90:
            if at_zero is None:
                at_zero = mean(lambda l: f(l, u), first)
            total += w * at_zero
        else:
            total += w * mean(lambda l: f(l, u), first)
    return total


def over_time(f, end, scale, rate=0, power=1):
    """Integral of f over (0, end); end may be infinite if f falls like e^(-rate u).

    Gauss-Legendre, 48 nodes a piece. f is singular no nearer than -scale and falls
    like (scale + u)^-power, so a piece at u is a fraction of scale + u long, and
    neither that power nor e^(-rate u) may fall by more than about e^10 in it."""
    if end == mp.inf:
        end = 140 / rate
    total, start = mpf(0), mpf(0)
    while start < end:
        piece = min(mpf(3) / 2, 10 / power) * (scale + start)
        if rate:
            piece = min(piece, 10 / rate)
        stop = min(end, start + piece)
        half, middle = (stop - start) / 2, (stop + start) / 2
        total += half * mp.fsum(w * f(middle + half * v) for v, w in legendre_nodes())
        start = stop
    return total


@lru_cache(maxsize=None)
def legendre_nodes():
    with mp.workdps(DPS + 10):
        return GaussLegendre(mp).calc_nodes(5, mp.prec)


def poisson_pmf(n, m):
    return mp.exp(-m) * m ** n / mp.factorial(n)


def poisson_above(n, m):
    """P(a Poisson count with mean m exceeds n), without cancellation."""
    if m > n + 1:
        term = total = mpf(1)
        for i in range(1, n + 1):
            term *= m / i
            total += term
        return 1 - mp.exp(-m) * total
    term = total = m ** (n + 1) / mp.factorial(n + 1)
    i = n + 2
    while term > total * mpf(10) ** -(DPS + 5):
        term *= m / i
        total += term
        i += 1
    return mp.exp(-m) * total


def nbd_pmf(n, u, shape, rate):
    """P(n purchases in a time u) for l ~ Gamma(shape, rate)."""
    return (mp.rf(shape, n) / mp.factorial(n)
            * (rate / (rate + u)) ** shape * (u / (rate + u)) ** n)


def share(z):
    """(1 - e^-z), exact for small z."""
    return -mp.expm1(-z) if z < mpf("0.001") else 1 - mp.exp(-z)


# ---------------------------------------------------------------------- models
#
# A model turns a quantity of one history into a dictionary of ways, each a
# function without arguments. `pair` is the double integral, not done for all.


class Model:
    def __init__(self, params, x, t_x, T):
        self.x, self.t_x, self.T = x, t_x, T
        for name, value in params.items():
            setattr(self, name, value)
        self.A, self.c = self.r + x, self.alpha + T

    def gain(self):
        """Gamma(r+x)/Gamma(r) alpha^r: what the likelihood's terms share."""
        return mp.rf(self.r, self.x) * self.alpha ** self.r

    def of_rate(self, T):
        """Integral over l of its density times l^x e^(-l T), done numerically.

        Nodes for Gamma(r + x, alpha + T); the sum then undoes their density."""
        A, c = self.A, self.alpha + T
        front = mp.exp(mp.loggamma(A) - mp.loggamma(self.r)
                       + self.r * mp.log(self.alpha) - A * mp.log(c))
        return front * mean(lambda l: mpf(1), gamma_nodes(A, c))

    def log_likelihood(self):
        return {way: (lambda terms=terms: mp.log(mp.fsum(terms())))
                for way, terms in self.terms().items()}

    def p_alive(self):
        """The share of the likelihood in which the customer is active at T."""
        return {way: (lambda terms=terms: terms()[0] / mp.fsum(terms()))
                for way, terms in self.terms().items()}

    def alive(self):
        """P(active at T), from the closed form (p_alive checks it)."""
        active, left = self.terms()["closed"]()
        return active / (active + left)

    def given_alive(self, ways, n=None):
        """Turns values given that the customer is active at T into unconditional
        ones: a customer who has left makes no purchase for certain."""
        def unconditional(way):
            alive = self.alive()
            gone = 1 - alive if n == 0 else 0
            return alive * way() + gone
        return {name: (lambda way=way: unconditional(way)) for name, way in ways.items()}


class Nbd(Model):
    def terms(self):
        return {
            "closed": lambda: (self.gain() / self.c ** self.A, mpf(0)),
            "latent": lambda: (self.of_rate(self.T), mpf(0)),
        }

    def p_alive_in(self, t):
        return {"by definition": lambda: mpf(1)}

    def expected(self, t):
        A, c = self.A, self.c
        return {"closed": lambda: A / c * t,
                "latent": lambda: mean(lambda l: l * t, gamma_nodes(A, c))}

    def exactly(self, n, t):
        A, c = self.A, self.c
        return {"closed": lambda: nbd_pmf(n, t, A, c),
                "latent": lambda: mean(lambda l: poisson_pmf(n, l * t), gamma_nodes(A, c))}

    def discounted(self, t, rate):
        A, c = self.A, self.c
        return {"closed": lambda: A / c * share(rate * t) / rate,
                "time": lambda: mean(lambda l: l, gamma_nodes(A, c))
                * over_time(lambda u: mp.exp(-rate * u), t, mpf(10), rate)}

    def residual(self, rate):
        A, c = self.A, self.c
        return {"closed": lambda: A / c / rate,
                "time": lambda: mean(lambda l: l, gamma_nodes(A, c))
                * over_time(lambda u: mp.exp(-rate * u), mp.inf, mpf(10), rate)}


class BgNbd(Model):
    """Given l and p, an active customer
      is still active after t with probability              e^(-l p t)
      purchases at time u at the rate                       l e^(-l p u)
      purchases n times in t with probability               (1-p)^n Poisson(n; l t)
                                    + [n > 0] p (1-p)^(n-1) P(Poisson(l t) >= n)
    """

    first_counts = 0  # 1: there is a chance to leave after the first purchase

    def __init__(self, params, x, t_x, T):
        super().__init__(params, x, t_x, T)
        self.chances = x + self.first_counts
        self.B = self.b + self.chances

    def terms(self):
        """L = Gamma(r+x)/Gamma(r) alpha^r B(a,b+n)/B(a,b)
               { (alpha+T)^-(r+x) + [n>0] a/(b+n-1) (alpha+t_x)^-(r+x) }

        By definition: l^x (1-p)^n e^(-l T) + [n>0] l^x p (1-p)^(n-1) e^(-l t_x)
        averaged over l and p; each of the two is a product of two single integrals."""
        n = self.chances

        def closed():
            front = self.gain() * mp.rf(self.b, n) / mp.rf(self.a + self.b, n)
            active = front * self.c ** -self.A
            if n == 0:
                return active, mpf(0)
            left = front * self.a / (self.b + n - 1) * (self.alpha + self.t_x) ** -self.A
            return active, left

        def latent():
            of_p = beta_nodes(self.a, self.b)
            active = self.of_rate(self.T) * mean(lambda p, q: q ** n, of_p)
            if n == 0:
                return active, mpf(0)
            return active, self.of_rate(self.t_x) * mean(lambda p, q: p * q ** (n - 1), of_p)

        return {"closed": closed, "latent": latent}

    def latent(self):
        return gamma_nodes(self.A, self.c), beta_nodes(self.a, self.B)

    def pace(self, u):
        """E l e^(-l p u) = A/c 2F1(A+1, a; a+B; -u/c), u after T."""
        A, c, a, B = self.A, self.c, self.a, self.B
        return A / c * mp.hyp2f1(A + 1, a, a + B, -u / c)

    def p_alive_in(self, t):
        A, c, a, B = self.A, self.c, self.a, self.B
        return self.given_alive({
            "closed": lambda: mp.hyp2f1(A, a, a + B, -t / c),
            "latent": lambda: mean(lambda p, q: (c / (c + p * t)) ** A, beta_nodes(a, B)),
            "pair": lambda: mean_pair(lambda l, p: mp.exp(-l * p * t), *self.latent()),
        })

    def expected(self, t):
        """(a+B-1)/(a-1) { 1 - (c/(c+t))^A 2F1(A, B; a+B-1; t/(c+t)) }; at a = 1 the
        limit, here the mean of both sides at a distance whose square is negligible."""
        A, c, a, B = self.A, self.c, self.a, self.B

        def formula(a):
            return (a + B - 1) / (a - 1) * (
                1 - (c / (c + t)) ** A * mp.hyp2f1(A, B, a + B - 1, t / (c + t)))

        def closed():
            with mp.workdps(SPARE):
                if a == 1:
                    near = mpf(10) ** -60
                    return (formula(1 + near) + formula(1 - near)) / 2
                return formula(a)

        def given_p(p, q):  # (1 - (c/(c+pt))^A) / p
            return share(A * mp.log1p(p * t / c)) / p

        return self.given_alive({
            "closed": closed,
            "latent": lambda: mean(given_p, beta_nodes(a, B)),
            "pair": lambda: mean_pair(lambda l, p: share(l * p * t) / p, *self.latent()),
        })

    def exactly(self, n, t):
        A, c, a, B = self.A, self.c, self.a, self.B
        stays = mp.beta(a, B + n) / mp.beta(a, B)  # E (1-p)^n
        leaves = mp.beta(a + 1, B + n - 1) / mp.beta(a, B) if n else mpf(0)

        def closed():
            with mp.workdps(SPARE):
                value = stays * nbd_pmf(n, t, A, c)
                if n:
                    value += leaves * (1 - mp.fsum(nbd_pmf(j, t, A, c) for j in range(n)))
                return value

        def given(l, stays, leaves):
            value = stays * poisson_pmf(n, l * t)
            return value + leaves * poisson_above(n - 1, l * t) if n else value

        def pair():
            # The p-integrals by quadrature too; l and p do not mix here.
            of_p = beta_nodes(a, B)
            stays = mean(lambda p, q: q ** n, of_p)
            leaves = mean(lambda p, q: p * q ** (n - 1), of_p) if n else mpf(0)
            return mean(lambda l: given(l, stays, leaves), gamma_nodes(A, c))

        return self.given_alive({
            "closed": closed,
            "latent": lambda: mean(lambda l: given(l, stays, leaves), gamma_nodes(A, c)),
            "pair": pair,
        }, n)

    def discounted(self, t, rate):
        """The double integral is always done: there is no closed form to check."""
        A = self.A

        def given(l, p):  # integral of l e^(-l p u) e^(-rate u) over (0, t)
            z = rate + l * p
            return l * share(z * t) / z

        return self.given_alive({
            "time": lambda: over_time(
                lambda u: mp.exp(-rate * u) * self.pace(u), t, self.c, rate, A),
            "both": lambda: mean_pair(given, *self.latent()),
        })

    def residual(self, rate):
        """E l/(rate + l p) = E l/rate 2F1(1, a; a+B; -l/rate), the p-integral closed."""
        A, c, a, B = self.A, self.c, self.a, self.B
        return self.given_alive({
            "time": lambda: over_time(
                lambda u: mp.exp(-rate * u) * self.pace(u), mp.inf, c, rate, A),
            "latent": lambda: mean_pair(lambda l, p: l / (rate + l * p), *self.latent()),
        })

    def silence(self, threshold):
        """P(active | x, t_x, T) = threshold, solved for T:
             ((alpha+T)/(alpha+t_x))^(r+x) = (b+n-1)/a (1/threshold - 1)
        and, by another way, a root of the share of the numerically integrated L."""
        n, A = self.chances, self.A
        if n == 0:
            return None
        odds = (self.b + n - 1) / self.a * (1 / threshold - 1)
        if odds <= 1:
            return None  # already below the threshold at t_x

        def closed():
            return (self.alpha + self.t_x) * odds ** (1 / A) - self.alpha

        def latent():
            left = self.of_rate(self.t_x) * mean(
                lambda p, q: p * q ** (n - 1), beta_nodes(self.a, self.b))
            stay = mean(lambda p, q: q ** n, beta_nodes(self.a, self.b))
            def gap(T):
                active = self.of_rate(T) * stay
                return mp.log(active / left) - mp.log(threshold / (1 - threshold))
            near = closed()
            return mp.findroot(gap, (near * mpf("0.99"), near * mpf("1.01")), tol=mpf(10) ** -90)

        return {"closed": closed, "latent": latent}


class MbgNbd(BgNbd):
    first_counts = 1


class ParetoNbd(Model):
    """Given l and m, z = l + m, an active customer
      is still active after t with probability      e^(-m t)
      purchases at time u at the rate               l e^(-m u)
      purchases n times in t with probability       e^(-m t) Poisson(n; l t)
                                   + m/z (l/z)^n P(Poisson(z t) > n)
    """

    def __init__(self, params, x, t_x, T):
        super().__init__(params, x, t_x, T)
        self.k = self.beta + T

    def terms(self):
        """L = Gamma(r+x)/Gamma(r) alpha^r beta^s { (alpha+T)^-(r+x) (beta+T)^-s
               + s integral over (t_x, T) of (alpha+u)^-(r+x) (beta+u)^-(s+1) du }"""
        A, s, alpha, beta = self.A, self.s, self.alpha, self.beta
        front = self.gain() * beta ** s
        active = front * self.c ** -A * self.k ** -s

        def tail(y):
            """The integral over (y, infinity), with the argument of 2F1 in [0, 1)."""
            big, power = (alpha, s + 1) if alpha >= beta else (beta, A)
            return ((big + y) ** -(A + s) / (A + s)
                    * mp.hyp2f1(A + s, power, A + s + 1, abs(alpha - beta) / (big + y)))

        def closed():
            with mp.workdps(SPARE):
                left = tail(self.t_x) - tail(self.T) if self.T > self.t_x else mpf(0)
                return active, front * s * left

        def time():
            if self.T == self.t_x:
                return active, mpf(0)
            left = over_time(
                lambda u: (alpha + self.t_x + u) ** -A * (beta + self.t_x + u) ** -(s + 1),
                self.T - self.t_x, min(alpha, beta) + self.t_x, power=A + s + 1)
            return active, front * s * left

        def pair():
            # l^x { e^(-z T) + m/z (e^(-z t_x) - e^(-z T)) }, with e^(-z t_x) put into
            # the densities of l and m. The pole at z = 0 needs a finer step where l
            # and m are of different sizes.
            l_nodes = gamma_nodes(A, alpha + self.t_x, 2.5)
            m_nodes = gamma_nodes(s, beta + self.t_x)
            base = (front * (alpha + self.t_x) ** -A * (beta + self.t_x) ** -s)
            wait = self.T - self.t_x
            active = (base * mean(lambda l: mp.exp(-l * wait), l_nodes)
                      * mean(lambda m: mp.exp(-m * wait), m_nodes))
            left = base * mean_pair(
                lambda l, m: m * share((l + m) * wait) / (l + m), l_nodes, m_nodes)
            return active, left

        return {"closed": closed, "time": time, "pair": pair}

    def latent(self):
        return gamma_nodes(self.A, self.c), gamma_nodes(self.s, self.k)

    def p_alive_in(self, t):
        s, k = self.s, self.k
        return self.given_alive({
            "closed": lambda: (k / (k + t)) ** s,
            "latent": lambda: mean(lambda m: mp.exp(-m * t), gamma_nodes(s, k)),
        })

    def expected(self, t):
        """A/c k/(s-1) { 1 - (k/(k+t))^(s-1) }, A/c k ln((k+t)/k) at s = 1."""
        A, c, s, k = self.A, self.c, self.s, self.k

        def closed():
            if s == 1:
                return A / c * k * mp.log((k + t) / k)
            with mp.workdps(SPARE):
                return A / c * k / (s - 1) * (1 - (k / (k + t)) ** (s - 1))

        return self.given_alive({
            "closed": closed,
            "latent": lambda: mean(lambda l: l, gamma_nodes(A, c))
            * mean(lambda m: share(m * t) / m, gamma_nodes(s, k)),
        })

    def exactly(self, n, t):
        A, c, s, k = self.A, self.c, self.s, self.k

        def time():
            """Active to the end, or left at the time u before it."""
            stays = (k / (k + t)) ** s * nbd_pmf(n, t, A, c)
            left = over_time(
                lambda u: s * k ** s * (k + u) ** -(s + 1) * nbd_pmf(n, u, A, c),
                t, min(c, k), power=A + n + s + 1)
            return stays + left

        def blend(t, j):
            """E l^n m z^-j e^(-z t): with l = z (1-q), m = z q the z-integral is a
            Gamma function and the q-integral Euler's integral of 2F1."""
            d = A + n + s + 1 - j
            top = A + n + s + 1
            front = (mp.loggamma(d) + mp.loggamma(A + n) + mp.loggamma(s + 1)
                     - mp.loggamma(top) - mp.loggamma(A) - mp.loggamma(s)
                     + A * mp.log(c) + s * mp.log(k))
            if c >= k:
                return (mp.exp(front - d * mp.log(c + t))
                        * mp.hyp2f1(d, s + 1, top, (c - k) / (c + t)))
            return (mp.exp(front - d * mp.log(k + t))
                    * mp.hyp2f1(d, A + n, top, (k - c) / (k + t)))

        def closed():
            with mp.workdps(SPARE):
                stays = (k / (k + t)) ** s * nbd_pmf(n, t, A, c)
                return stays + blend(mpf(0), n + 1) - mp.fsum(
                    t ** i / mp.factorial(i) * blend(t, n + 1 - i) for i in range(n + 1))

        def given(l, m):
            z = l + m
            return (mp.exp(-m * t) * poisson_pmf(n, l * t)
                    + m / z * (l / z) ** n * poisson_above(n, z * t))

        ways = {"closed": closed, "time": time}
        if n <= 1:  # slow for more
            ways["pair"] = lambda: mean_pair(given, *self.latent())
        return self.given_alive(ways, n)

    def discounted(self, t, rate):
        """A/c k^s rate^(s-1) e^(rate k) { Gamma(1-s, rate k) - Gamma(1-s, rate (k+t)) }"""
        A, c, s, k = self.A, self.c, self.s, self.k

        def closed():
            with mp.workdps(SPARE):
                far = mpf(0) if t == mp.inf else mp.gammainc(1 - s, rate * (k + t))
                return (A / c * k ** s * rate ** (s - 1) * mp.exp(rate * k)
                        * (mp.gammainc(1 - s, rate * k) - far))

        def given(l, m):
            z = rate + m
            return l / z if t == mp.inf else l * share(z * t) / z

        return self.given_alive({
            "closed": closed,
            "time": lambda: A / c * over_time(
                lambda u: mp.exp(-rate * u) * (k / (k + u)) ** s, t, k, rate, s),
            "latent": lambda: mean(lambda l: l, gamma_nodes(A, c))
            * mean(lambda m: given(mpf(1), m), gamma_nodes(s, k)),
        })

    def residual(self, rate):
        return self.discounted(mp.inf, rate)

    def silence(self, threshold):
        """The root of P(active | x, t_x, T) in T, with L by 2F1 and by quadrature."""
        def root(way):
            def gap(T):
                active, left = type(self)(self.params, self.x, self.t_x, T).terms()[way]()
                return mp.log(left / active) - mp.log((1 - threshold) / threshold)
            # left / active grows with T from 0: bracket on a log scale, then polish.
            low = mpf("1e-6")
            high = 2 * low
            while gap(self.t_x + high) < 0:
                low, high = high, 2 * high
            return self.t_x + mp.findroot(
                lambda w: gap(self.t_x + w), (low, high), solver="anderson",
                tol=mpf(10) ** -45, verify=False, maxsteps=60)
        return {"closed": lambda: root("closed"), "time": lambda: root("time")}


MODELS = {"nbd": Nbd, "bg_nbd": BgNbd, "mbg_nbd": MbgNbd, "pareto_nbd": ParetoNbd}


# ----------------------------------------------------------------------- cases

NAMES = {
    "nbd": ("r", "alpha"),
    "bg_nbd": ("r", "alpha", "a", "b"),
    "mbg_nbd": ("r", "alpha", "a", "b"),
    "pareto_nbd": ("r", "alpha", "s", "beta"),
}

# The first set of each model: estimates for the CDNOW customers, in weeks.
SETS = {
    "nbd": [
        (0.3847661, 12.0720217),
        (50.0, 10.0),
        (0.001, 250.0),
    ],
    "bg_nbd": [
        (0.243, 4.414, 0.793, 2.426),
        (0.55, 8.0, 1.0, 2.5),  # the closed form of `expected` is 0/0
        (0.55, 8.0, 1.000000001, 2.5),  # and here nearly
        (2.5, 0.3, 0.05, 0.02),
        (50.0, 10.0, 3.0, 9.0),
    ],
    "mbg_nbd": [
        (0.525, 6.183, 0.891, 1.614),
        (0.7, 5.5, 1.0, 1.75),
        (0.7, 5.5, 1.000000001, 1.75),
        (2.5, 0.3, 0.05, 0.02),
        (50.0, 10.0, 3.0, 9.0),
    ],
    "pareto_nbd": [
        (0.553, 10.578, 0.606, 11.669),
        (0.8, 12.0, 1.0, 15.0),  # s = 1: a logarithm
        (0.7, 9.5, 0.45, 9.5),  # alpha = beta
        (1.2, 500.0, 0.9, 0.5),  # alpha = 1000 beta
        (1.5, 0.05, 2.2, 800.0),  # alpha << beta
        (10.465, 0.00798565181, 3.0516, 2.820),
        (0.5143, 2.8845, 0.2856, 14.1087),
    ],
}

HISTORIES = [
    (0, 0.0, 0.0),  # a new customer
    (2, 30.43, 38.86),
    (26, 30.857142857142858, 31.0),
    (0, 0.0, 38.86),
    (10, 20.0, 39.0),
    (221, 103.42857, 103.57143),
    (132, 200.0, 200.0),
]

AHEAD = (1.0, 39.0, 520.0)
COUNTS = (0, 1, 5, 30)
RATES = (0.0027, 0.05)
THRESHOLDS = (0.5, 0.9)

QUANTITIES = ("expected", "p_alive", "exactly", "residual", "p_alive_in", "log_likelihood",
              "discounted", "silence")
OTHERS = ("p_alive", "residual", "p_alive_in", "log_likelihood", "discounted")


def keys_of(quantity, turn):
    """The further keys of a quantity; `turn` walks through their values."""
    t, rate = AHEAD[turn % 3], RATES[turn % 2]
    return {
        "expected": {"t": t},
        "exactly": {"t": t, "n": COUNTS[(turn + turn // 4) % 4]},
        "residual": {"rate": rate},
        "p_alive_in": {"t": t},
        "discounted": {"t": t, "rate": rate},
        "silence": {"threshold": THRESHOLDS[turn % 2]},
    }.get(quantity, {})


def plan():
    """What to compute: for the CDNOW sets every history with every quantity; for the
    others three histories, with `expected`, `exactly` and a part of the rest at each,
    and `silence` for a customer with ten purchases."""
    turns = dict.fromkeys(QUANTITIES, 0)
    for model, sets in SETS.items():
        for i, values in enumerate(sets):
            params = dict(zip(NAMES[model], values))
            if i == 0:
                picked = [(h, q) for h in HISTORIES for q in QUANTITIES]
            else:
                picked = [(HISTORIES[4], "silence")] * len(THRESHOLDS)
                for j in range(3):
                    history = HISTORIES[(2 * j + i - 1) % len(HISTORIES)]
                    picked += [(history, "expected"), (history, "exactly")]
                    picked += [(history, q) for k, q in enumerate(OTHERS) if (k + i + j) % 3 == 0]
            for history, quantity in picked:
                if model == "nbd" and quantity == "silence":
                    continue  # an NBD customer is never gone
                if model == "nbd" and quantity.startswith("p_alive") and history[0] != 10:
                    continue  # always 1
                yield model, params, history, quantity, keys_of(quantity, turns[quantity])
                turns[quantity] += 1


def evaluate(model, params, history, quantity, keys, with_pair):
    """The value, the names of its ways, the largest relative difference; or None
    where there is nothing to compare (no such age, or the likelihood of a new
    customer, whose logarithm is 0)."""
    exact = {name: mpf(value) for name, value in params.items()}
    x, t_x, T = history[0], mpf(history[1]), mpf(history[2])
    customer = MODELS[model](exact, x, t_x, T)
    customer.params = exact
    if quantity == "log_likelihood" and T == 0:
        return None
    ways = getattr(customer, quantity)(
        **{k: v if k == "n" else mpf(v) for k, v in keys.items()})
    if ways is None:
        return None
    values = {name: way() for name, way in ways.items() if with_pair or name != "pair"}
    first = next(iter(values.values()))
    apart = max(abs(v - first) for v in values.values()) / abs(first)
    return first, tuple(values), apart


def number(value):
    return mpmath.nstr(value, DIGITS, strip_zeros=False)


def main():
    lines, seen, worst, counts = [], set(), {}, {}
    turns = {}
    for model, params, history, quantity, keys in plan():
        x, t_x, T = history
        case = {"model": model, "params": params, "x": x, "t_x": t_x}
        if quantity != "silence":
            case["T"] = T
        case |= {"quantity": quantity, **keys}
        text = json.dumps(case)
        if text in seen:
            continue
        seen.add(text)
        turn = turns[model, quantity] = turns.get((model, quantity), -1) + 1
        found = evaluate(model, params, history, quantity, keys, with_pair=turn % 3 == 0)
        if found is None:
            continue
        value, ways, apart = found
        if abs(value) < SMALLEST:
            continue
        row = counts.setdefault((model, quantity), [0, mpf(0), {}])
        row[0] += 1
        row[1] = max(row[1], apart)
        row[2][ways] = row[2].get(ways, 0) + 1
        if apart > AGREE:
            print("DISAGREE", mpmath.nstr(apart, 3), text, ways, file=sys.stderr)
            case["note"] = f"two ways differ by {mpmath.nstr(apart, 2)} relative"
            text = json.dumps(case)
        lines.append(text[:-1] + f', "value": {number(value)}}}')

    source = (f"predictions.py with mpmath {mpmath.__version__} at {DPS} digits: closed forms "
              "against numerical integrals over the latent parameters or over time")
    body = ",\n".join("    " + line for line in lines)
    text = f'{{\n  "source": {json.dumps(source)},\n  "cases": [\n{body}\n  ]\n}}\n'
    json.loads(text)
    pathlib.Path(__file__).with_name("predictions.json").write_text(text)

    if "--report" in sys.argv:
        for (model, quantity), (count, apart, ways) in counts.items():
            print(f"{model:10} {quantity:14} {count:3}  {mpmath.nstr(apart, 2):>9}  "
                  + ", ".join(f"{' = '.join(w)} ({c})" for w, c in ways.items()))
        print(len(lines), "cases")


if __name__ == "__main__":
    main()
