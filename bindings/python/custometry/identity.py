"""Who is who: how likely it is that two records are of the same person.

The way from records to customers:

1. :meth:`Records.read` brings columns of one or many sources into one form.
2. :meth:`Blocking.block` finds the pairs worth comparing, by rules that
   :meth:`Blocking.suited_to` can choose.
3. :meth:`FellegiSunter.fit` finds what each level of each comparison is worth, without labels.
4. :meth:`FellegiSunter.scorer` and :meth:`Scorer.score` weigh the pairs.
5. :meth:`Resolution.resolve` makes customers of them; :meth:`Alternatives.draw` says what may be.

Records are named by their row, from 0. Weights are in bits: 10 bits are odds of a thousand to one.
Comparisons, rules and parts of columns are dicts, made by the functions of :class:`Comparison`,
:class:`BlockingRule`, :class:`ColumnPart` and the like; they can be stored as JSON.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ._base import Held, Saved, call, figure, given, table
from ._types import Choice, Day, Estimate, Frame, Numbers
from ._types import Key as CustomerKey
from ._values import Column, Table
from .data import Crosswalk


__all__ = [
    "Alternatives",
    "Blocking",
    "BlockingRule",
    "ColumnPart",
    "Comparison",
    "ComparisonModel",
    "EditDistance",
    "FellegiSunter",
    "HotBlocks",
    "Key",
    "Level",
    "LinkQuality",
    "MatchWeight",
    "Part",
    "PhoneRegion",
    "PreparedTexts",
    "Records",
    "Resolution",
    "ScoredPairs",
    "Scorer",
    "Similarity",
    "SplinkModel",
    "TermFrequencies",
    "TermFrequency",
    "Test",
    "Threshold",
    "are_nicknames",
    "b_cubed",
    "blocking_recall",
    "cologne",
    "cosine_tokens",
    "damerau_levenshtein",
    "date_order_of",
    "double_metaphone",
    "haversine_km",
    "is_generic_email",
    "is_generic_text",
    "is_placeholder_date",
    "jaccard_chars",
    "jaccard_qgrams",
    "jaccard_tokens",
    "jaro",
    "jaro_winkler",
    "levenshtein",
    "nickname_sets",
    "normalise_address",
    "normalise_email",
    "normalise_given_name",
    "normalise_phone",
    "normalise_postcode",
    "normalise_surname",
    "normalise_text",
    "nysiis",
    "osa",
    "pairwise",
    "pairwise_of_links",
    "parse_address",
    "parse_birth_date",
    "parse_full_name",
    "postcode_outward",
    "soundex",
]

Json: TypeAlias = "dict[str, Any]"
#: A column by its name, or a part of one: what :class:`ColumnPart` makes.
Of: TypeAlias = "str | Mapping[str, Any]"
#: Pairs of records by their rows: a list of pairs, or a frame with the columns ``a`` and ``b``.
Pairs: TypeAlias = "Sequence[tuple[int, int]] | Frame"
#: Labels of groups, a row each: whole numbers or texts, of which only equality counts.
Labels: TypeAlias = Any
#: One text, or a column of them: a list, a series, a :class:`~custometry.Column`.
Texts: TypeAlias = Any
#: The value of a function for one text, or a column of values for a column of texts.
OfTexts: TypeAlias = Any


def _pairs(pairs: Pairs | None) -> Any:
    if pairs is None or isinstance(pairs, (list, tuple)):
        return pairs
    return Table.of(pairs)


def _made(operation: str, **arguments: Any) -> Json:
    value: Json = call(f"identity.{operation}", **arguments)
    return value


# ---- weights ----


class MatchWeight:
    """Weights in bits and the probabilities they stand for: ``p = 1/(1 + 2^-w)``."""

    @staticmethod
    def from_bits(bits: float) -> float:
        """The weight as the library holds it: to whole 65,536ths of a bit.

        Raises:
            CustometryError: For NaN and beyond 32,000 bits either way.
        """
        weight: float = call("identity.MatchWeight.from_bits", bits=bits)
        return weight

    @staticmethod
    def from_probability(probability: float) -> float:
        """The weight of a probability above 0 and below 1."""
        weight: float = call("identity.MatchWeight.from_probability", probability=probability)
        return weight

    @staticmethod
    def probability(bits: float | Numbers) -> Any:
        """The probability that two are of one person: of one weight, or of a column of them."""
        return call("identity.MatchWeight.probability", bits=bits)


class Threshold:
    """Where a pair is taken for one person."""

    BEST_F1 = "best_f1"

    @staticmethod
    def false_discovery(share: float) -> Json:
        """The lowest weight at which so small a share of links is expected to be wrong."""
        return {"false_discovery": share}

    @staticmethod
    def weight(bits: float) -> Json:
        """A weight in bits."""
        return _made("Threshold.weight", bits=bits)


# ---- parts, keys and rules ----


class Part:
    """Parts of a text, by name: ``"lower"``, ``{"prefix": letters}``, ``{"suffix": letters}``,
    ``"first_word"``, ``"last_word"``, ``"soundex"``, ``"double_metaphone"``, ``"nysiis"``,
    ``"cologne"``, ``"year"``, ``"email_user"``, ``"email_domain"``, ``"digits"``, ``"day"``,
    ``"compact_day"``, ``"british_postcode"``, ``"british_area"``, ``"british_district"``,
    ``"british_sector"``."""

    @staticmethod
    def of(part: Choice, text: Texts) -> OfTexts:
        """The part of a text; ``None`` where it has no such part."""
        return call("identity.Part.of", part=part, text=text)


class ColumnPart:
    """A part of a column: part of part of ... of its values."""

    @staticmethod
    def new(column: str, part: Choice | None = None) -> Json:
        """A part of a column; see :class:`Part` for which there are."""
        return _made("ColumnPart.new", column=column, part=part)

    @staticmethod
    def then(of: Of, part: Choice) -> Json:
        """A part of the part."""
        return _made("ColumnPart.then", of=of, part=part)

    @staticmethod
    def of(of: Of, text: Texts) -> OfTexts:
        """The part of a value of the column; ``None`` where it has no such part."""
        return call("identity.ColumnPart.of", of=of, text=text)

    @staticmethod
    def text(of: Of) -> str:
        """The part in words, such as "Soundex of LastWord of full_name"."""
        text: str = call("identity.ColumnPart.text", of=of)
        return text


class Key:
    """Components of the key of a rule. A column by its name, or a part of one, is a key itself."""

    @staticmethod
    def part(of: Of) -> Json:
        """The values, or a part of them."""
        return _made("Key.part", of=of)

    @staticmethod
    def deletions(of: Of) -> Json:
        """The text, and what is left when one letter of it is dropped: texts that are one change
        apart always share one of these."""
        return _made("Key.deletions", of=of)

    @staticmethod
    def words(of: Of) -> Json:
        """Each word of a text."""
        return _made("Key.words", of=of)

    @staticmethod
    def elements(column: str) -> Json:
        """Each element of a set."""
        return _made("Key.elements", column=column)

    @staticmethod
    def nicknames(of: Of) -> Json:
        """The name, and the names that it is short for."""
        return _made("Key.nicknames", of=of)

    @staticmethod
    def bands(of: Of, *, q: int = 3, bands: int = 8, rows: int = 4) -> Json:
        """Bands of MinHash signatures of runs of letters, for long texts: two with the Jaccard
        similarity s of their runs share one with the chance ``1 - (1 - s^rows)^bands``.

        Args:
            of: Of which texts.
            q: Letters in a run.
            bands: Bands; at most 64.
            rows: Rows in a band; at most 16.
        """
        return _made("Key.bands", of=of, q=q, bands=bands, rows=rows)

    @staticmethod
    def text(key: Of) -> str:
        """The key in words."""
        text: str = call("identity.Key.text", key=key)
        return text


class HotBlocks:
    """What is done with a block of more records than a rule allows."""

    SKIP = "skip"
    FAIL = "fail"

    @staticmethod
    def sub_block(parts: Sequence[Of]) -> Json:
        """It is cut into smaller blocks by more components of the key."""
        return _made("HotBlocks.sub_block", parts=list(parts))

    @staticmethod
    def window(places: int) -> Json:
        """Its records are put in order, and each is paired with those less than so many places
        away."""
        return {"window": places}


class BlockingRule:
    """Rules: records that agree on all components of a key are paired."""

    @staticmethod
    def on(*keys: Of, above: int | None = None, hot_blocks: Choice = "skip") -> Json:
        """Records that have the same values in all of some columns, parts or keys.

        Args:
            *keys: Columns by name, what :class:`ColumnPart` makes, or what :class:`Key`
                makes.
            above: Blocks of more records are hot; 5,000 by default.
            hot_blocks: What is done with them; see :class:`HotBlocks`.
        """
        rule = _made("BlockingRule.on", keys=list(keys))
        if above is None and hot_blocks == HotBlocks.SKIP:
            return rule
        return BlockingRule.hot_blocks(rule, 5_000 if above is None else above, hot_blocks)

    @staticmethod
    def neighbourhood(*keys: Of, window: int) -> Json:
        """Sorted neighbourhood: all records in the order of some columns, each paired with those
        less than so many places away."""
        return _made("BlockingRule.neighbourhood", keys=list(keys), window=window)

    @staticmethod
    def and_(rule: Mapping[str, Any], key: Of) -> Json:
        """The rule with one more component of the key."""
        return _made("BlockingRule.and", rule=rule, key=key)

    @staticmethod
    def hot_blocks(rule: Mapping[str, Any], above: int, policy: Choice) -> Json:
        """The rule with another policy for blocks of more than so many records."""
        return _made("BlockingRule.hot_blocks", rule=rule, above=above, policy=policy)

    @staticmethod
    def keys(rule: Mapping[str, Any]) -> list[Json]:
        """The components of the key."""
        keys: list[Json] = call("identity.BlockingRule.keys", rule=rule)
        return keys

    @staticmethod
    def text(rule: Mapping[str, Any]) -> str:
        """The rule in words, such as "surname, Year of birth_date"."""
        text: str = call("identity.BlockingRule.text", rule=rule)
        return text


# ---- comparisons ----


class Similarity:
    """Similarities by name, from 0 to 1: ``"jaro"``, ``"jaro_winkler"``, ``"jaccard_letters"``,
    ``"jaccard_words"``, ``"cosine_words"``, ``{"qgrams": letters}``."""

    @staticmethod
    def of(similarity: Choice, a: Texts, b: Texts) -> OfTexts:
        """The similarity of two texts, or of the pairs of two columns."""
        return call("identity.Similarity.of", similarity=similarity, a=a, b=b)


class EditDistance:
    """Edit distances by name, in changes: ``"levenshtein"``, ``"osa"``,
    ``"damerau_levenshtein"``."""

    @staticmethod
    def of(distance: str, a: Texts, b: Texts) -> OfTexts:
        """The distance of two texts, or of the pairs of two columns."""
        return call("identity.EditDistance.of", distance=distance, a=a, b=b)


class Test:
    """Questions about two records, answered by yes, no, or by nothing where a value is missing."""

    __test__ = False
    OTHERWISE = "otherwise"

    @staticmethod
    def missing(of: Of) -> Json:
        """One of the two has no value."""
        return _made("Test.missing", of=of)

    @staticmethod
    def exact(of: Of) -> Json:
        """The two values are the same."""
        return _made("Test.exact", of=of)

    @staticmethod
    def swapped(one: Of, other: Of) -> Json:
        """The value of the one in a column is that of the other in another, and the other way
        round."""
        return _made("Test.swapped", one=one, other=other)

    @staticmethod
    def similar(of: Of, by: Choice, at_least: float) -> Json:
        """The similarity (see :class:`Similarity`) is at least so large."""
        return _made("Test.similar", of=of, by=by, at_least=at_least)

    @staticmethod
    def within(of: Of, by: str, at_most: int) -> Json:
        """The edit distance (see :class:`EditDistance`) is at most so large."""
        return _made("Test.within", of=of, by=by, at_most=at_most)

    @staticmethod
    def days_apart(of: Of, at_most: float) -> Json:
        """Two days lie at most so many days apart."""
        return _made("Test.days_apart", of=of, at_most=at_most)

    @staticmethod
    def day_and_month_swapped(of: Of) -> Json:
        """Two days are one if day and month of one of them change places."""
        return _made("Test.day_and_month_swapped", of=of)

    @staticmethod
    def numbers_apart(of: Of, at_most: float) -> Json:
        """Two numbers differ by at most so much."""
        return _made("Test.numbers_apart", of=of, at_most=at_most)

    @staticmethod
    def shares_apart(of: Of, at_most: float) -> Json:
        """Two numbers differ by at most so large a share of the larger one."""
        return _made("Test.shares_apart", of=of, at_most=at_most)

    @staticmethod
    def km_apart(of: Of, at_most: float) -> Json:
        """Two places lie at most so many kilometres apart."""
        return _made("Test.km_apart", of=of, at_most=at_most)

    @staticmethod
    def common(of: Of, at_least: int) -> Json:
        """Two sets have at least so many elements in common."""
        return _made("Test.common", of=of, at_least=at_least)

    @staticmethod
    def begins(of: Of) -> Json:
        """One of two texts is how the other begins: an initial, a short form."""
        return _made("Test.begins", of=of)

    @staticmethod
    def nicknames(of: Of) -> Json:
        """One is a short form of the other, or both are short forms of one name."""
        return _made("Test.nicknames", of=of)

    @staticmethod
    def all(*tests: Choice) -> Json:
        """Yes to all of them."""
        return _made("Test.all", tests=list(tests))

    @staticmethod
    def any(*tests: Choice) -> Json:
        """Yes to one of them."""
        return _made("Test.any", tests=list(tests))

    @staticmethod
    def not_(test: Choice) -> Json:
        """The other way round."""
        return _made("Test.not", test=test)


class TermFrequency:
    """How a level allows for rare and common values."""

    @staticmethod
    def new(column: str, *, weight: float = 1.0, minimum: float = 0.0) -> Json:
        """By the values of a column.

        Args:
            column: Whose values are counted.
            weight: To how large a part, from 0 to 1.
            minimum: The smallest share of records that a value is taken to have.
        """
        return _made("TermFrequency.new", column=column, weight=weight, minimum=minimum)


class Level:
    """Levels of a comparison."""

    @staticmethod
    def new(name: str, test: Choice, *, term_frequency: str | None = None) -> Json:
        """A level that is taken if its test says yes and none before it did.

        Args:
            name: What it is called.
            test: When it is taken; see :class:`Test`.
            term_frequency: The column whose values are rare or common, in full; see
                :meth:`adjusted` for a part of it.
        """
        level = _made("Level.new", name=name, test=test)
        return level if term_frequency is None else Level.term_frequency(level, term_frequency)

    @staticmethod
    def term_frequency(level: Mapping[str, Any], column: str) -> Json:
        """The level with regard to how common the value of a column is."""
        return _made("Level.term_frequency", level=level, column=column)

    @staticmethod
    def adjusted(level: Mapping[str, Any], by: Mapping[str, Any]) -> Json:
        """The level with regard to how common a value is, as :meth:`TermFrequency.new` says."""
        return _made("Level.adjusted", level=level, by=by)


class Comparison:
    """Comparisons of two records: levels from the best to the worst.

    A comparison is a dict with a ``name``, when there is nothing to compare (``missing``), and
    ``levels``.
    """

    @staticmethod
    def new(name: str, missing: Choice, levels: Sequence[Mapping[str, Any]]) -> Json:
        """A comparison by its levels. Where the last is not for all that is left, that is added."""
        return _made("Comparison.new", name=name, missing=missing, levels=list(levels))

    @staticmethod
    def of_kind(column: str, kind: str) -> Json:
        """The comparison that suits a kind of column; see :meth:`Records.read` for the kinds."""
        return _made("Comparison.of_kind", column=column, kind=kind)

    @staticmethod
    def exact(column: str) -> Json:
        """The same or not."""
        return _made("Comparison.exact", column=column)

    @staticmethod
    def jaro_winkler(column: str, at_least: Sequence[float]) -> Json:
        """The same, or as similar as falling thresholds say."""
        return _made("Comparison.jaro_winkler", column=column, at_least=list(at_least))

    @staticmethod
    def edits(column: str, by: str, at_most: Sequence[int]) -> Json:
        """The same, or within rising numbers of changes; see :class:`EditDistance`."""
        return _made("Comparison.edits", column=column, by=by, at_most=list(at_most))

    @staticmethod
    def given_name(column: str) -> Json:
        """Given names: the same, a short form, nearly the same, an initial."""
        return _made("Comparison.given_name", column=column)

    @staticmethod
    def surname(column: str) -> Json:
        """Family names: the same or similar."""
        return _made("Comparison.surname", column=column)

    @staticmethod
    def names(given: str, surname: str) -> Json:
        """Given name and family name as one: both the same, swapped, both similar, one of them the
        same."""
        return _made("Comparison.names", given=given, surname=surname)

    @staticmethod
    def birth_date(column: str) -> Json:
        """Days of birth: the same, one slip, within a month, a year, ten years."""
        return _made("Comparison.birth_date", column=column)

    @staticmethod
    def email(column: str) -> Json:
        """E-mail addresses: the same, the same user elsewhere, one slip."""
        return _made("Comparison.email", column=column)

    @staticmethod
    def phone(column: str) -> Json:
        """Phone numbers: the same, the same but for the code, one slip."""
        return _made("Comparison.phone", column=column)

    @staticmethod
    def identifier(column: str) -> Json:
        """Numbers that are given to one person: the same, one slip, two."""
        return _made("Comparison.identifier", column=column)

    @staticmethod
    def postcode(column: str) -> Json:
        """Postcodes: the same, one slip, the same area."""
        return _made("Comparison.postcode", column=column)

    @staticmethod
    def address(column: str) -> Json:
        """Addresses: the same, nearly the same, or with words in common."""
        return _made("Comparison.address", column=column)

    @staticmethod
    def set(column: str, at_least: Sequence[int]) -> Json:
        """Sets: at least so many elements in common, from more to fewer."""
        return _made("Comparison.set", column=column, at_least=list(at_least))

    @staticmethod
    def numbers(column: str, at_most: Sequence[float]) -> Json:
        """Numbers: at most so far apart, from less to more."""
        return _made("Comparison.numbers", column=column, at_most=list(at_most))

    @staticmethod
    def places(column: str, at_most: Sequence[float]) -> Json:
        """Places: at most so many kilometres apart, from less to more."""
        return _made("Comparison.places", column=column, at_most=list(at_most))


# ---- records ----


class Records(Held, kind="identity.Records"):
    """Records of people, in columns that were brought into one form."""

    __slots__ = ()

    fields = figure[dict[str, str]]("The kind of each column, by name.")
    sources = figure[list[str]]("The sources, in the order of the alphabet.")
    field_reports = table(
        "A row a column: ``name``, ``kind``, records with a value (``known``), different values "
        "(``distinct``), and records without one: ``blank``, ``generic``, ``unreadable`` and the "
        "row of the first of those.",
        name="fields",
    )
    generic_values = table(
        "Values that far too many records share, a row each: ``name`` of the column, ``value``, "
        "``records``."
    )

    @classmethod
    def read(
        cls,
        table: Frame,
        *,
        key: str = "key",
        source: str | None = None,
        source_name: str | None = None,
        fields: Mapping[str, str | Mapping[str, str]] | None = None,
        phone_region: str | None = None,
        date_order: str | None = None,
        generic_above: int | None = None,
    ) -> Records:
        """Reads records from a frame: a row each, in any order. What is null or blank is missing.

        Args:
            table: The frame.
            key: The column of keys, unique within a source: text or whole numbers.
            source: The column of sources, if there are several.
            source_name: Instead of ``source``, the name of the one source.
            fields: The kind of each column to take, by its name: ``given_name``, ``surname``,
                ``full_name``, ``birth_date``, ``email``, ``phone``, ``address``, ``city``,
                ``postcode``, ``identifier``, ``text``, ``verbatim`` (letter by letter), ``set`` (a
                list of texts), ``number`` or ``place`` (text as "52.5, 13.4"). A dict says more:
                ``{"kind": ..., "name": name in the records}``, and for places in two columns
                ``{"kind": "place", "longitude": column}``, the key being that of latitudes. By
                default the columns called as the first nine kinds are taken.
            phone_region: Where phone numbers without a country code are from: a code of ISO 3166;
                ``"US"`` by default.
            date_order: What comes first in dates such as 2/1/1970: ``"day_first"`` or
                ``"month_first"``. By default each column tells by the dates that can be read in one
                way only.
            generic_above: An e-mail address, phone number or identifier that more records share is
                no key and no evidence. By default 100, or one in a thousand of all records.

        Raises:
            CustometryError: For a column that is not there or cannot be read, for the first row
                without a key, and for a key that occurs twice in a source.
        """
        listed = [
            {"column": column, **({"kind": kind} if isinstance(kind, str) else kind)}
            for column, kind in (fields or {}).items()
        ]
        columns = given(
            key=key,
            source=source,
            source_name=source_name,
            fields=listed,
            phone_region=phone_region,
            date_order=date_order,
            generic_above=generic_above,
        )
        made: Records = cls._call("read", table=Table.of(table), columns=columns)
        return made

    def __len__(self) -> int:
        length: int = self._ask("len")
        return length

    def report(self, column: str) -> Json | None:
        """What became of the values of a column; ``None`` if there is no such column."""
        report: Json | None = self._ask("report", column=column)
        return report

    def value(self, record: int, column: str) -> str | None:
        """The value of a record in a column, as it is compared; ``None`` for a missing one."""
        value: str | None = self._ask("value", record=record, column=column)
        return value

    def key(self, record: int) -> Json | None:
        """The ``source`` and the ``key`` of a record; ``None`` if there is no such record."""
        key: Json | None = self._ask("key", record=record)
        return key

    def find(self, key: CustomerKey, source: str = "") -> int | None:
        """The row of the record of a key within a source."""
        row: int | None = self._ask("find", source=source, key=key)
        return row

    def find_all(
        self,
        table: Frame,
        *,
        key: str = "key",
        source: str | None = None,
        source_name: str = "",
    ) -> Column:
        """The rows of the records of many keys; null for a key that the source does not have.

        Args:
            table: A frame with a row a key.
            key: Its column of keys.
            source: Its column of sources, if any.
            source_name: Instead of ``source``, the source of all of them.
        """
        columns = {"key": key, "source": source, "source_name": source_name}
        rows: Column = self._ask("find_all", table=Table.of(table), columns=columns)
        return rows

    def to_table(self) -> Table:
        """A row a record: ``source``, ``key``, and each column with its values as they are
        compared; null where missing."""
        return self._table()


class Blocking(Held, kind="identity.Blocking"):
    """The blocks of all rules, and the pairs within them, each once."""

    __slots__ = ()

    records = figure[Records]("The records.")
    kind = figure[str]("Which records may be paired.")
    rules = figure[list[dict[str, Any]]]("What each rule makes and what it leaves out.")
    hot_blocks = table(
        "Blocks of more records than their rule allows, at most twenty a rule: ``rule``, ``key``, "
        "``records``, ``skipped_pairs``."
    )
    pairs = table("All pairs: ``a``, ``b``. Memory is taken for each: for small data.")

    @staticmethod
    def suited_to(records: Records, *, pairs: str = "all", max_pairs: int) -> Json:
        """Rules that suit the columns of records, under a budget of pairs.

        Returns:
            The parameters of a blocking: a dict with ``rules``, ``pairs`` and ``max_pairs``, to be
            given to :meth:`block` as ``Blocking.block(records, **parameters)``.

        Raises:
            CustometryError: Of kind ``not_enough_data``, if no column can be a key within it.
        """
        return _made("Blocking.suited_to", records=records, kind=pairs, max_pairs=max_pairs)

    @classmethod
    def block(
        cls,
        records: Records,
        rules: Sequence[Mapping[str, Any]],
        *,
        pairs: str = "all",
        max_pairs: int | None = None,
    ) -> Blocking:
        """Finds the blocks. No pair is made yet, only counted.

        Args:
            records: The records.
            rules: By which rules; see :class:`BlockingRule`.
            pairs: Which records may be paired: ``"all"``, ``"across_sources"`` (no source has a
                person twice) or ``"within_sources"``.
            max_pairs: The most pairs that the rules may make together; 20,000 million by default.

        Raises:
            CustometryError: Of kind ``overflow`` for more pairs than allowed, rule by rule;
                ``degenerate`` for a hot block that must not be; ``invalid_parameter`` for a column
                that does not exist.
        """
        params = given(rules=list(rules), pairs=pairs, max_pairs=max_pairs)
        made: Blocking = cls._call("block", records=records, params=params)
        return made

    def count(self) -> Json:
        """Counts the pairs that each rule adds to those before it: ``new`` and ``total``."""
        counts: Json = self._ask("count")
        return counts

    def first_rule(self, a: int, b: int) -> int | None:
        """The first rule that pairs two records, by its place; ``None`` if none does."""
        rule: int | None = self._ask("first_rule", a=a, b=b)
        return rule

    def to_table(self) -> Table:
        """A row a rule: ``rule`` in words, ``records`` with a key, ``blocks``, records of the
        ``largest``, ``pairs``, blocks that are ``hot``, ``skipped_pairs`` of those."""
        return self._table()


# ---- models and weights ----


class TermFrequencies(Held, kind="identity.TermFrequencies"):
    """Shares of records with each value of a column, known from elsewhere."""

    __slots__ = ()

    @classmethod
    def new(cls, tables: Mapping[str, Mapping[str, float]]) -> TermFrequencies:
        """From a dict of shares by value, for each column by name.

        Raises:
            CustometryError: For a share that is not above 0 and at most 1.
        """
        made: TermFrequencies = cls._call("new", tables=tables)
        return made

    @classmethod
    def read(
        cls,
        table: Frame,
        column: str,
        *,
        value: str = "value",
        share: str = "share",
        known: TermFrequencies | None = None,
    ) -> TermFrequencies:
        """The table of one column, from a frame with a row a value.

        Args:
            table: The frame.
            column: The column of the records that the values are of.
            value: The column of values, as :class:`Records` hold them.
            share: The column of shares.
            known: Tables of other columns, to be kept beside it.
        """
        made: TermFrequencies = call(
            "identity.TermFrequencies.read",
            self=known,
            table=Table.of(table),
            column=column,
            columns={"value": value, "share": share},
        )
        return made


class ComparisonModel:
    """Comparisons, and how probable each of their levels is."""

    @staticmethod
    def new(
        comparison: Mapping[str, Any],
        m: Sequence[float],
        u: Sequence[float],
        *,
        family: Sequence[float] | None = None,
    ) -> Json:
        """A comparison with the chances of its levels.

        Args:
            comparison: See :class:`Comparison`.
            m: The chance of each level where the two are of one person.
            u: The chance of each level where they are of two people taken at random.
            family: The chance of each level where they are of two people of one family; u by
                default.
        """
        return _made(
            "ComparisonModel.new", comparison=comparison, m=list(m), u=list(u), family=family
        )


class FellegiSunter(Saved, kind="identity.FellegiSunter"):
    """How probable it is that two records are of one person, given how they compare.

    Fellegi, Sunter (1969), doi:10.1080/01621459.1969.10501049:
    ``W = log2(λ/(1 - λ)) + Σ log2(m/u)``.
    """

    __slots__ = ()

    families = figure["float | None"](
        "η: the chance that two records taken at random are of one family; ``None`` where the "
        "model has no class for them."
    )
    comparisons = figure[list[dict[str, Any]]](
        "The comparisons and the chances of their levels: ``comparison``, ``m``, ``u``, ``family``."
    )
    report = figure["dict[str, Any] | None"](
        "How the training went: ``training_pairs``, ``iterations``, ``expected_matches``, "
        "``u_errors``, ``warnings``; ``None`` for a model made by its numbers."
    )
    warnings = table(
        "What to look at after the training, a row each: ``warning``, ``comparison``, ``text``."
    )

    @property
    def lambda_(self) -> float:
        """λ: the chance that two records taken at random are of one person."""
        chance: float = self._ask("lambda")
        return chance

    @classmethod
    def new(cls, lambda_: float, comparisons: Sequence[Mapping[str, Any]]) -> FellegiSunter:
        """A model by its numbers; see :class:`ComparisonModel`.

        Raises:
            CustometryError: Unless λ is above 0 and below 1, and all chances from 0 to 1.
        """
        arguments = {"lambda": lambda_, "comparisons": list(comparisons)}
        made: FellegiSunter = cls._call("new", **arguments)
        return made

    @classmethod
    def fit(
        cls,
        blocking: Blocking,
        *,
        comparisons: Sequence[Mapping[str, Any]] = (),
        lambda_: Choice = "estimated",
        families: str = "modelled",
        random_pairs: int = 1_000_000,
        training_pairs: int = 1_000_000,
        seed: int = 0,
    ) -> FellegiSunter:
        """Trains on the pairs of a blocking, without labels.

        Args:
            blocking: The blocking.
            comparisons: By which comparisons; by default those that suit the columns.
            lambda_: How λ is found: ``"estimated"``; ``{"given": chance}``; or ``{"rules":
                {"rules": first rules of the blocking, whose pairs are nearly all right, "recall":
                share}}``.
            families: Whether pairs of one family are a class of their own: ``"modelled"`` or
                ``"ignored"``.
            random_pairs: How many pairs of different values are looked at for u.
            training_pairs: How many pairs of a rule are looked at for m.
            seed: The seed of the samples.

        Raises:
            CustometryError: Of kind ``not_enough_data`` if the rules make no pairs, or no column
                suits a comparison.
        """
        params = cls._params(comparisons, lambda_, families, random_pairs, training_pairs, seed)
        made: FellegiSunter = cls._call("fit", blocking=blocking, params=params)
        return made

    @classmethod
    def fit_labelled(
        cls,
        blocking: Blocking,
        matches: Pairs,
        *,
        comparisons: Sequence[Mapping[str, Any]] = (),
        lambda_: Choice = "estimated",
        families: str = "modelled",
        random_pairs: int = 1_000_000,
        training_pairs: int = 1_000_000,
        seed: int = 0,
    ) -> FellegiSunter:
        """Trains as :meth:`fit`, with m from pairs that are known to be of one person."""
        params = cls._params(comparisons, lambda_, families, random_pairs, training_pairs, seed)
        made: FellegiSunter = cls._call(
            "fit_labelled", blocking=blocking, matches=_pairs(matches), params=params
        )
        return made

    @staticmethod
    def _params(
        comparisons: Sequence[Mapping[str, Any]],
        lambda_: Choice,
        families: str,
        random_pairs: int,
        training_pairs: int,
        seed: int,
    ) -> Json:
        return {
            "comparisons": list(comparisons),
            "lambda": lambda_,
            "families": families,
            "random_pairs": random_pairs,
            "training_pairs": training_pairs,
            "seed": seed,
        }

    def with_families(self, eta: float) -> FellegiSunter:
        """The same model with a class for pairs of one family, of a chance η."""
        made: FellegiSunter = self._ask("with_families", eta=eta)
        return made

    def level_order(self, order: str) -> FellegiSunter:
        """The same model with another rule for the order of levels: ``"free"`` (worth log2(m/u),
        whatever their order) or ``"falling"`` (a worse one is never worth more)."""
        made: FellegiSunter = self._ask("level_order", order=order)
        return made

    def scorer(self, records: Records, *, frequencies: TermFrequencies | None = None) -> Scorer:
        """The model bound to records.

        Args:
            records: The records.
            frequencies: How common values are, from elsewhere; by default that of the records.
        """
        made: Scorer = self._ask("scorer", records=records, frequencies=frequencies)
        return made

    def to_table(self) -> Table:
        """A row a level of a comparison, the best first: ``comparison``, ``level``, its chances
        ``m``, ``u`` and ``family``, the standard error ``u_error``, and the column of its
        ``term_frequency``."""
        return self._table()


class SplinkModel(Held, kind="identity.SplinkModel"):
    """A model that Splink trained, with its rules.

    Splink compares texts letter by letter: give the columns to :meth:`Records.read` as
    ``verbatim``.
    """

    __slots__ = ()

    model = figure[FellegiSunter]("λ, the levels, m and u.")
    rules = figure[list[dict[str, Any]]]("The rules that Splink predicts by.")
    pairs = figure[str]("Which records it pairs.")

    @classmethod
    def from_json(cls, text: str) -> SplinkModel:
        """Reads a model as Splink 4 and 5 write it.

        Raises:
            CustometryError: Of kind ``model_format`` for a condition that is not understood,
                quoting it.
        """
        made: SplinkModel = cls._call("from_json", text=text)
        return made


class Scorer(Held, kind="identity.Scorer"):
    """A model bound to records."""

    __slots__ = ()

    records = figure[Records]("The records.")
    model = figure[FellegiSunter]("The model.")

    def score(self, blocking: Blocking, floor: float) -> ScoredPairs:
        """Weighs all pairs of a blocking of the same records, and keeps those at or above a floor.

        Args:
            blocking: The blocking.
            floor: The least weight in bits; -10 for what is to be resolved.
        """
        scored: ScoredPairs = self._ask("score", blocking=blocking, floor=floor)
        return scored

    def score_pairs(self, pairs: Pairs) -> Column:
        """The weights in bits of pairs of one's own.

        Raises:
            CustometryError: With the place of the first pair of a record that is not there.
        """
        weights: Column = self._ask("score_pairs", pairs=_pairs(pairs))
        return weights

    def explain(self, a: int, b: int) -> Json:
        """Why a pair has its weight: ``prior``, ``comparisons`` (each with its ``values``,
        ``level``, ``m``, ``u``, ``weight`` and ``term_frequency``), ``weight``, ``probability``.
        The parts add up exactly."""
        why: Json = self._ask("explain", a=a, b=b)
        return why


class ScoredPairs(Held, kind="identity.ScoredPairs"):
    """The pairs at or above a floor, and all that were scored in numbers."""

    __slots__ = ()

    pairs = figure[int]("How many pairs were scored.")
    histogram = table(
        "All pairs that were scored, by eighths of a bit: ``weight``, the lower end, and ``pairs``."
    )

    def __len__(self) -> int:
        length: int = self._ask("len")
        return length

    def to_table(self) -> Table:
        """A row a pair at or above the floor: ``a``, ``b``, ``weight`` in bits, ``probability``."""
        return self._table()


# ---- customers ----


class Resolution(Held, kind="identity.Resolution"):
    """Who is who: a cluster for each record."""

    __slots__ = ()

    cluster = figure[Column](
        "The cluster of each record, in their order; numbered by their first records in the order "
        "of sources and keys."
    )
    clusters = figure[int]("How many clusters there are: customers.")
    threshold = figure[float]("The weight in bits from which on a pair speaks for one person.")
    expected = figure[dict[str, float]](
        "How right the pairs within clusters are, as far as the model is: ``precision``, "
        "``recall``, ``f1``."
    )
    links = table("The weighed pairs within clusters: ``a``, ``b``.")

    @classmethod
    def resolve(
        cls,
        scorer: Scorer,
        blocking: Blocking,
        scored: ScoredPairs,
        *,
        threshold: Choice = "best_f1",
        clustering: str = "correlation",
        must_link: Pairs | None = None,
        cannot_link: Pairs | None = None,
        exclusive: Sequence[str] = (),
    ) -> Resolution:
        """Resolves the records of a scorer by weighed pairs.

        Args:
            scorer: The scorer.
            blocking: The blocking of the same records.
            scored: Its weighed pairs.
            threshold: Where a pair is taken for one person; see :class:`Threshold`.
            clustering: How pairs become clusters: ``"correlation"`` (all evidence inside, for and
                against), ``"best_link"`` or ``"connected"``.
            must_link: Pairs that somebody knows to be one person.
            cannot_link: Pairs that somebody knows to be two people.
            exclusive: Columns of which one person has one value only.

        Raises:
            CustometryError: Of kind ``degenerate`` if records must be one person and must not;
                ``invalid_parameter`` for scorer, blocking and pairs that do not belong together.
        """
        params = {
            "threshold": threshold,
            "clustering": clustering,
            "exclusive": list(exclusive),
        }
        made: Resolution = cls._call(
            "resolve",
            scorer=scorer,
            blocking=blocking,
            scored=scored,
            params=params,
            must_link=_pairs(must_link),
            cannot_link=_pairs(cannot_link),
        )
        return made

    def __len__(self) -> int:
        length: int = self._ask("len")
        return length

    def crosswalk(self, records: Records) -> Crosswalk:
        """From the keys of the records to customers: what other rooms need."""
        crosswalk: Crosswalk = self._ask("crosswalk", records=records)
        return crosswalk

    def diagnose(self, scorer: Scorer, scored: ScoredPairs) -> Table:
        """How well each cluster of two records or more hangs together.

        Columns: ``cluster``, ``records``, ``links``, ``conflicts``, ``bridges``, ``weakest``
        (bits), ``density``, ``probability``.
        """
        diagnoses: Table = self._ask("diagnose", scorer=scorer, scored=scored)
        return diagnoses

    def explain_cluster(
        self, scorer: Scorer, blocking: Blocking, scored: ScoredPairs, record: int
    ) -> Json:
        """How the cluster of a record came to be: ``cluster``, ``records``, ``steps``,
        ``diagnosis``, and the ``nearest`` record outside."""
        why: Json = self._ask(
            "explain_cluster", scorer=scorer, blocking=blocking, scored=scored, record=record
        )
        return why

    def explain_pair(
        self, scorer: Scorer, blocking: Blocking, scored: ScoredPairs, a: int, b: int
    ) -> Json:
        """Why two records are one person, or why they are not: ``together``, ``verdict``, ``pair``
        (as :meth:`Scorer.explain`), ``rule``, ``missing`` bits, ``path``, ``nearest``."""
        why: Json = self._ask(
            "explain_pair", scorer=scorer, blocking=blocking, scored=scored, a=a, b=b
        )
        return why

    def to_table(self) -> Table:
        """A row a record: ``record``, ``cluster``."""
        return self._table()


class LinkQuality(Held, kind="identity.LinkQuality"):
    """What is expected of the links at or above each weight, without labels."""

    __slots__ = ()

    blocking_recall = figure[float]("The share of right links that some rule makes.")
    best_f1 = figure[float]("The weight in bits at which the expected F1 is largest.")

    @classmethod
    def new(cls, blocking: Blocking, scored: ScoredPairs) -> LinkQuality:
        """What is expected of the weighed pairs of a blocking."""
        made: LinkQuality = cls._call("new", blocking=blocking, scored=scored)
        return made

    def at(self, threshold: float | Numbers) -> Any:
        """The expected ``precision``, ``recall`` and ``f1`` at a weight in bits: a dict; for
        several weights a table, with the ``threshold``."""
        return self._ask("at", threshold=threshold)

    def false_discovery(self, at_most: float) -> float:
        """The lowest weight in bits at which so small a share of links is expected to be wrong."""
        weight: float = self._ask("false_discovery", at_most=at_most)
        return weight


class Alternatives(Held, kind="identity.Alternatives"):
    """Other ways to put the same records together, each as probable as its doubtful merges."""

    __slots__ = ()

    draws = figure[int]("How many draws there are.")

    @classmethod
    def draw(
        cls,
        resolution: Resolution,
        scorer: Scorer,
        scored: ScoredPairs,
        *,
        draws: int = 200,
        seed: int = 1,
    ) -> Alternatives:
        """Finds the doubtful merges of a resolution."""
        made: Alternatives = cls._call(
            "draw",
            resolution=resolution,
            scorer=scorer,
            scored=scored,
            params={"draws": draws, "seed": seed},
        )
        return made

    def cluster(self, draw: int) -> Column | None:
        """The cluster of each record in a draw, from 0; ``None`` beyond the last draw."""
        cluster: Column | None = self._ask("cluster", draw=draw)
        return cluster

    def customers(self, *, level: float = 0.95) -> Estimate:
        """How many customers the records are of, with the interval of the draws."""
        customers: Estimate = self._ask("customers", level=level)
        return customers

    def crosswalk(self, records: Records, draw: int | None = None) -> Crosswalk:
        """The crosswalk of a draw, from 0; that of the resolution by default."""
        crosswalk: Crosswalk = self._ask("crosswalk", records=records, draw=draw)
        return crosswalk

    def estimate(
        self,
        records: Records,
        statistics: Callable[[Crosswalk], Mapping[str, float]],
        *,
        level: float = 0.95,
    ) -> dict[str, Estimate]:
        """What follows from who is who: each statistic for the resolution, and its interval over
        the draws, widened to hold it.

        Args:
            records: The records that were resolved.
            statistics: Called with the crosswalk of the resolution and with that of each draw;
                gives the statistics by name.
            level: The share of draws within the interval.
        """
        own = statistics(self.crosswalk(records))
        drawn = [statistics(self.crosswalk(records, draw)) for draw in range(self.draws)]
        return {
            name: self._ask(
                "interval", value=value, drawn=[one[name] for one in drawn], level=level
            )
            for name, value in own.items()
        }

    def to_table(self) -> Table:
        """A row a merge that could be otherwise: ``a``, ``b``, ``made``, ``probability``."""
        return self._table()


def pairwise(found: Labels, truth: Labels) -> Json:
    """How well clusters agree with the truth, pair by pair: ``precision``, ``recall``, ``f1``, and
    pairs in ``both``, ``found`` and ``truth``."""
    return _made("pairwise", found=found, truth=truth)


def b_cubed(found: Labels, truth: Labels) -> Json:
    """How well clusters agree with the truth, record by record (Bagga, Baldwin 1998)."""
    return _made("b_cubed", found=found, truth=truth)


def pairwise_of_links(links: Pairs, truth: Labels, records: Records, *, pairs: str = "all") -> Json:
    """How well links agree with the truth: links of a kind against all true pairs of it."""
    return _made("pairwise_of_links", links=_pairs(links), truth=truth, kind=pairs, records=records)


def blocking_recall(blocking: Blocking, truth: Labels) -> float:
    """The share of true pairs that some rule makes: no score finds more of them."""
    recall: float = call("identity.blocking_recall", blocking=blocking, truth=truth)
    return recall


# ---- texts ----
#
# Each takes one text, or a column of them: a list, a series, a column of a table. Of one text the
# answer is a value, of a column a column, or a table where a text has several parts.


def normalise_text(text: Texts) -> OfTexts:
    """Lower case, without accents and punctuation, with single blanks."""
    return call("identity.normalise_text", text=text)


def normalise_given_name(text: Texts) -> OfTexts:
    """A given name in the form in which it is compared."""
    return call("identity.normalise_given_name", text=text)


def normalise_surname(text: Texts) -> OfTexts:
    """A surname in the form in which it is compared."""
    return call("identity.normalise_surname", text=text)


def parse_full_name(text: Texts) -> OfTexts:
    """A full name taken apart: ``given``, ``middle``, ``surname``, ``suffix``."""
    return call("identity.parse_full_name", text=text)


def normalise_address(text: Texts) -> OfTexts:
    """The one form of the street line of an address."""
    return call("identity.normalise_address", text=text)


def parse_address(text: Texts) -> OfTexts:
    """The street line of an address taken apart: ``number``, ``unit``, ``street``."""
    return call("identity.parse_address", text=text)


def normalise_email(text: Texts) -> OfTexts:
    """The one form of an e-mail address: ``address``, ``user``, ``domain``, and the address without
    a tag (``tagless``); ``None`` if it is none."""
    return call("identity.normalise_email", text=text)


def is_generic_email(text: Texts) -> OfTexts:
    """Whether an address is a placeholder or belongs to nobody in particular."""
    return call("identity.is_generic_email", text=text)


def is_generic_text(text: Texts) -> OfTexts:
    """Whether a text is a placeholder, such as "unknown"."""
    return call("identity.is_generic_text", text=text)


def normalise_phone(text: Texts, region: str = "US") -> OfTexts:
    """A phone number with its country code, such as "+12125552368"; ``None`` if it is none.

    Args:
        text: The number.
        region: Where numbers without a country code are from: a code of ISO 3166.
    """
    return call("identity.normalise_phone", text=text, region=region)


class PhoneRegion:
    """Countries whose phone numbers are known."""

    @staticmethod
    def new(code: str) -> str:
        """The code of a country in its one form: "GB" for "uk".

        Raises:
            CustometryError: For a code that is not known; the message lists those that are.
        """
        known: str = call("identity.PhoneRegion.new", code=code)
        return known


def normalise_postcode(text: Texts) -> OfTexts:
    """The one form of a postcode; ``None`` if it is none."""
    return call("identity.normalise_postcode", text=text)


def postcode_outward(text: Texts) -> OfTexts:
    """The outward part of a British postcode: "SW1A" of "SW1A 1AA"."""
    return call("identity.postcode_outward", text=text)


def parse_birth_date(text: Texts, order: str) -> OfTexts:
    """The date of birth in a text; ``None`` if there is none.

    Args:
        text: The text.
        order: What comes first in dates such as 2/1/1970: ``"day_first"`` or ``"month_first"``.
    """
    return call("identity.parse_birth_date", text=text, order=order)


def date_order_of(texts: Texts) -> str | None:
    """What comes first in the dates of a column, by those that can be read in one way only."""
    order: str | None = call("identity.date_order_of", texts=texts)
    return order


def is_placeholder_date(date: Day | datetime.date) -> bool:
    """Whether a day is one that systems write for an unknown date of birth."""
    placeholder: bool = call("identity.is_placeholder_date", date=date)
    return placeholder


def nickname_sets(name: str) -> list[int]:
    """The sets that a normalised given name is in; names of one set are forms of one name."""
    return list(call("identity.nickname_sets", name=name))


def are_nicknames(a: Texts, b: Texts) -> OfTexts:
    """Whether two normalised given names differ but are forms of one name."""
    return call("identity.are_nicknames", a=a, b=b)


def soundex(text: Texts) -> OfTexts:
    """The American Soundex code."""
    return call("identity.soundex", text=text)


def nysiis(text: Texts) -> OfTexts:
    """The NYSIIS code."""
    return call("identity.nysiis", text=text)


def cologne(text: Texts) -> OfTexts:
    """The Cologne code."""
    return call("identity.cologne", text=text)


def double_metaphone(text: Texts) -> OfTexts:
    """The double metaphone codes: ``primary``, and the ``alternate`` or ``None``."""
    return call("identity.double_metaphone", text=text)


def jaro(a: Texts, b: Texts) -> OfTexts:
    """The Jaro similarity of two texts, from 0 to 1, or of the pairs of two columns."""
    return call("identity.jaro", a=a, b=b)


def jaro_winkler(a: Texts, b: Texts) -> OfTexts:
    """The Jaro-Winkler similarity of two texts, from 0 to 1, or of the pairs of two columns."""
    return call("identity.jaro_winkler", a=a, b=b)


def jaccard_tokens(a: Texts, b: Texts) -> OfTexts:
    """The Jaccard similarity of the words of two texts."""
    return call("identity.jaccard_tokens", a=a, b=b)


def jaccard_chars(a: Texts, b: Texts) -> OfTexts:
    """The Jaccard similarity of the letters of two texts."""
    return call("identity.jaccard_chars", a=a, b=b)


def jaccard_qgrams(a: Texts, b: Texts, q: int) -> OfTexts:
    """The Jaccard similarity of the runs of q letters of two texts."""
    return call("identity.jaccard_qgrams", a=a, b=b, q=q)


def cosine_tokens(a: Texts, b: Texts) -> OfTexts:
    """The cosine similarity of the words of two texts."""
    return call("identity.cosine_tokens", a=a, b=b)


def levenshtein(a: Texts, b: Texts) -> OfTexts:
    """How many letters to insert, leave out or replace make one text of another."""
    return call("identity.levenshtein", a=a, b=b)


def osa(a: Texts, b: Texts) -> OfTexts:
    """As :func:`levenshtein`, and letters may be swapped with the next (optimal string
    alignment)."""
    return call("identity.osa", a=a, b=b)


def damerau_levenshtein(a: Texts, b: Texts) -> OfTexts:
    """As :func:`osa`, and what was swapped may be changed again."""
    return call("identity.damerau_levenshtein", a=a, b=b)


def haversine_km(
    a: tuple[float, float] | Sequence[tuple[float, float]],
    b: tuple[float, float] | Sequence[tuple[float, float]],
) -> Any:
    """The kilometres between two places on earth, each a latitude and a longitude in degrees, or
    between the pairs of two lists."""
    return call("identity.haversine_km", a=a, b=b)


class PreparedTexts(Held, kind="identity.PreparedTexts"):
    """A column of texts in the form that makes comparing two of them cheap.

    Texts are named by their place, from 0: one, or a column of places.
    """

    __slots__ = ()

    @classmethod
    def new(cls, texts: Texts) -> PreparedTexts:
        """Prepares a column."""
        made: PreparedTexts = cls._call("new", texts=texts)
        return made

    def __len__(self) -> int:
        length: int = self._ask("len")
        return length

    def get(self, id: int) -> str | None:
        """A text by its place."""
        text: str | None = self._ask("get", id=id)
        return text

    def jaro_winkler(self, a: int | Numbers, b: int | Numbers) -> Any:
        """The Jaro-Winkler similarity of two texts."""
        return self._ask("jaro_winkler", a=a, b=b)

    def jaro_winkler_at_least(self, a: int | Numbers, b: int | Numbers, cut: float) -> Any:
        """The same if it is at least ``cut``, and else ``None``."""
        return self._ask("jaro_winkler_at_least", a=a, b=b, cut=cut)

    def levenshtein_within(self, a: int | Numbers, b: int | Numbers, max: int) -> Any:
        """The Levenshtein distance if it is at most ``max``, and else ``None``."""
        return self._ask("levenshtein_within", a=a, b=b, max=max)

    def osa_within(self, a: int | Numbers, b: int | Numbers, max: int) -> Any:
        """The distance of :func:`osa` if it is at most ``max``, and else ``None``."""
        return self._ask("osa_within", a=a, b=b, max=max)

    def damerau_within(self, a: int | Numbers, b: int | Numbers, max: int) -> Any:
        """The distance of :func:`damerau_levenshtein` if it is at most ``max``, or ``None``."""
        return self._ask("damerau_within", a=a, b=b, max=max)
