"""Populations with known truth, from a seed.

How much data does a model need? Would it find the truth if it were there? What is drawn for one
customer depends on the seed and the customer alone, so that populations can be made in shards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._base import Held, call, figure, table
from ._types import Choice, Currency, Day, Numbers
from ._values import Column, Table
from .data import Features, Transactions

__all__ = [
    "CauseHazard",
    "ChurnHistory",
    "OpportunityHistory",
    "PurchaseLog",
    "RenewalHistory",
    "SimulatedPeople",
]


class PurchaseLog(Held, kind="simulate.PurchaseLog"):
    """A simulated purchase log, and the truth behind it."""

    __slots__ = ()

    transactions = figure[Transactions]("The log.")
    truth = table(
        "A row a customer, also those who never came: ``customer``, ``rate_per_week``, ``dropout`` "
        "(the chance to leave after a purchase, or the rate of leaving a week), ``mean_spend``, "
        "``active`` at the end."
    )

    @classmethod
    def generate(
        cls,
        *,
        customers: int = 1_000,
        first_customer: int = 0,
        seed: int = 1,
        first_day: Day = "1997-01-01",
        acquisition_days: int = 84,
        until: Day = "1998-06-30",
        timing: Choice = {"bg_nbd": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}},
        spend: tuple[float, float, float] = (6.25, 3.74, 15.44),
        currency: Currency | None = None,
        row_order: str = "by_customer",
    ) -> PurchaseLog:
        """Simulates purchases. The defaults are the published estimates for the CDNOW customers.

        Args:
            customers: How many customers.
            first_customer: The number of the first, which is their key: for shards.
            seed: The seed.
            first_day: The first day on which customers are won.
            acquisition_days: Over how many days they are won.
            until: The last day of the log.
            timing: When customers buy and leave, unit weeks: ``{"nbd": {"r", "alpha"}}``;
                ``{"bg_nbd": {"r", "alpha", "a", "b"}}``; ``{"mbg_nbd": {...}}``;
                ``{"pareto_nbd": {"r", "alpha", "s", "beta"}}``.
            spend: The gamma-gamma parameters p, q and γ.
            currency: The currency of the books; US dollars by default.
            row_order: ``"by_customer"`` or ``"shuffled"``.

        Raises:
            CustometryError: For parameters that cannot be.
        """
        params = {
            "customers": customers,
            "first_customer": first_customer,
            "seed": seed,
            "first_day": first_day,
            "acquisition_days": acquisition_days,
            "until": until,
            "timing": timing,
            "spend": spend,
            "row_order": row_order,
        }
        made: PurchaseLog = cls._call("generate", params=params, currency=currency)
        return made


class SimulatedPeople(Held, kind="simulate.SimulatedPeople"):
    """Simulated records of persons, some of them twice, and the truth about them."""

    __slots__ = ()

    @classmethod
    def generate(
        cls,
        *,
        records: int = 1_000,
        seed: int = 1,
        copies: float = 0.2,
        households: float = 0.15,
    ) -> SimulatedPeople:
        """Simulates records.

        Args:
            records: How many, copies included.
            seed: The seed.
            copies: The share of the records that are copies of others, with errors.
            households: The share of the persons who join the household of an earlier one.
        """
        params = {"records": records, "seed": seed, "copies": copies, "households": households}
        made: SimulatedPeople = cls._call("generate", params=params)
        return made

    def to_table(self) -> Table:
        """A row a record: ``record``, its key; ``given_name``, ``surname``, ``birth_date``,
        ``postcode``, ``email``, ``phone``, null where missing; and the truth: ``person`` and
        ``household``."""
        return self._table()


class OpportunityHistory(Held, kind="simulate.OpportunityHistory"):
    """Simulated customers who can buy once at each of a row of opportunities: BG/BB."""

    __slots__ = ()

    @classmethod
    def generate(
        cls,
        *,
        customers: int = 1_000,
        seed: int = 1,
        opportunities: int = 6,
        laws: tuple[float, float, float, float] = (1.204, 0.750, 0.657, 2.783),
    ) -> OpportunityHistory:
        """Simulates customers.

        Args:
            customers: How many.
            seed: The seed.
            opportunities: How many opportunities there are after the first purchase.
            laws: The BG/BB parameters α, β, γ and δ.
        """
        params = {
            "customers": customers,
            "seed": seed,
            "opportunities": opportunities,
            "laws": laws,
        }
        made: OpportunityHistory = cls._call("generate", params=params)
        return made

    def to_table(self) -> Table:
        """A row a customer: ``frequency``, ``last``, ``opportunities``; and the truth: the chance
        to buy (``buys``), the chance to leave (``leaves``), ``active`` at the last."""
        return self._table()


class RenewalHistory(Held, kind="simulate.RenewalHistory"):
    """Simulated customers under contract, who renew until they leave: sBG and BdW."""

    __slots__ = ()

    @classmethod
    def generate(
        cls,
        *,
        customers: int = 1_000,
        seed: int = 1,
        cohorts: int = 8,
        law: tuple[float, float, float] = (0.704, 1.182, 1.0),
    ) -> RenewalHistory:
        """Simulates customers.

        Args:
            customers: How many.
            seed: The seed.
            cohorts: How many cohorts, of which the first has been seen for as many periods.
            law: The BdW parameters γ, δ and c; with c = 1 it is sBG.
        """
        params = {"customers": customers, "seed": seed, "cohorts": cohorts, "law": law}
        made: RenewalHistory = cls._call("generate", params=params)
        return made

    def to_table(self) -> Table:
        """A row a customer: ``renewals``, ``lost``; and the truth: the chance to leave at the first
        renewal (``leaves``)."""
        return self._table()


class CauseHazard:
    """Hazards of leaving for one cause: proportional hazards over a Weibull baseline."""

    @staticmethod
    def new(shape: float, scale: float, coefficients: Sequence[float]) -> dict[str, Any]:
        """A hazard by its shape, its scale in days and the coefficients of the features."""
        made: dict[str, Any] = call(
            "simulate.CauseHazard.new", shape=shape, scale=scale, coefficients=list(coefficients)
        )
        return made

    @staticmethod
    def cumulative(hazard: Mapping[str, Any], features: Numbers, days: float) -> float:
        """The cumulative hazard of a customer after so many days."""
        total: float = call(
            "simulate.CauseHazard.cumulative", hazard=hazard, features=features, days=days
        )
        return total


class ChurnHistory(Held, kind="simulate.ChurnHistory"):
    """Simulated customers who leave at known hazards, for known reasons."""

    __slots__ = ()

    features = figure[Features]("The features of the customers who were seen.")

    @classmethod
    def generate(
        cls,
        *,
        customers: int = 1_000,
        seed: int = 1,
        hazards: Sequence[Mapping[str, Any]] | None = None,
        came_before: float = 0.0,
        watched: float = 1_000.0,
        grain: str = "days",
    ) -> ChurnHistory:
        """Simulates customers.

        Args:
            customers: How many are drawn; those who left before the records begin are not seen.
            seed: The seed.
            hazards: One for each cause; see :class:`CauseHazard`. By default two, of which the
                first falls.
            came_before: Over how many days before the records begin customers came as well.
            watched: Over how many days customers are watched.
            grain: ``"days"`` or ``"exact"``.

        Raises:
            CustometryError: For parameters that cannot be.
        """
        params: dict[str, Any] = {
            "customers": customers,
            "seed": seed,
            "came_before": came_before,
            "watched": watched,
            "grain": grain,
        }
        if hazards is not None:
            params["hazards"] = list(hazards)
        made: ChurnHistory = cls._call("generate", params=params)
        return made

    def survival(self, days: float) -> Column:
        """The chance of each customer to be there still after so many days."""
        chances: Column = self._ask("survival", days=days)
        return chances

    def to_table(self) -> Table:
        """A row a customer who was seen: days from their start to the begin of the records
        (``entry``) and to leaving or the end of watching (``exit``); the ``cause``, from 1 (0:
        still there); the features ``x1``, ``x2`` ...; and the truth: when they leave
        (``leaves``)."""
        return self._table()
