"""Who leaves, when, and why."""

from __future__ import annotations

from . import _churn_chances, _churn_times
from ._churn_chances import *
from ._churn_times import *

__all__ = [*_churn_chances.__all__, *_churn_times.__all__]
