//! The page of what was found.

use std::fmt;

use crate::{
    common::{
        probability::p_value,
        tables::{NONE, count, or_none, percent, printable, table, table_of},
    },
    found::{Found, LEVEL, Test},
};

/// How many segments fit side by side.
const MOST: usize = 10;

/// How many balances and ways are shown.
const ROWS: usize = 12;

/// How many paths are shown.
const COMMON: usize = 8;

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} customers, {} segments; periods {} to {} ({} in all)",
            self.file,
            count(self.customers),
            self.states.len(),
            printable(self.periods.first().map_or("", String::as_str)),
            printable(self.periods.last().map_or("", String::as_str)),
            count(self.periods.len()),
        )?;
        for note in &self.notes {
            writeln!(f, "Note: {}.", printable(note))?;
        }
        writeln!(f, "\n1. Growth, from the first period to the last")?;
        self.show_growth(f)?;
        writeln!(
            f,
            "\n2. Who moved where, of those in a segment in two periods running"
        )?;
        self.show_moves(f)?;
        writeln!(f, "\n3. Does it change, and does the past matter?")?;
        self.show_tests(f)?;
        writeln!(f, "\n4. Where it leads")?;
        self.show_future(f)?;
        writeln!(f, "\n5. Balance of the last step")?;
        self.show_balance(f)?;
        writeln!(f, "\n6. Stays and paths")?;
        self.show_sequences(f)?;
        writeln!(f, "\n7. Ways to watch")?;
        self.show_ways(f)
    }
}

fn fixed(value: Option<f64>, digits: usize) -> String {
    or_none(value.map(|value| format!("{value:.digits$}")))
}

/// A change with its sign.
fn signed(change: i64) -> String {
    let sign = if change > 0 { "+" } else { "" };
    format!("{sign}{}", count(change))
}

impl Found {
    fn show_growth(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Segment",
            "Opening",
            "New",
            "Returned",
            "From others",
            "To others",
            "Paused",
            "Gone",
            "Closing",
            "Change",
            "Rate",
            "p",
        ];
        let rows = self.growth.iter().map(|row| {
            let parts = &row.parts;
            [
                printable(&row.segment),
                count(row.opening),
                signed(parts.born),
                signed(parts.returned),
                signed(parts.arrived),
                signed(parts.left),
                signed(parts.paused),
                signed(parts.churned),
                count(row.closing),
                signed(row.change),
                percent(row.rate),
                p_value(row.p),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))?;
        let named = |name: &Option<String>| name.as_deref().map_or_else(|| NONE.into(), printable);
        writeln!(
            f,
            "Fastest growing: {}. Fastest shrinking: {}.",
            named(&self.fastest_growing),
            named(&self.fastest_shrinking)
        )
    }

    fn show_moves(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.states.len() > MOST {
            return writeln!(
                f,
                "{} segments are too many for a page: see --json.",
                self.states.len()
            );
        }
        let names: Vec<String> = self.states.iter().map(|name| printable(name)).collect();
        let mut headers = vec!["From", "Customers"];
        headers.extend(names.iter().map(String::as_str));
        let rows =
            names
                .iter()
                .zip(&self.counts)
                .zip(&self.intervals)
                .map(|((name, row), cells)| {
                    let share = |cell: &Option<custometry::data::Estimate>| {
                        cell.map_or_else(
                            || NONE.to_owned(),
                            |it| {
                                let (lo, hi) = (100.0 * it.lo, 100.0 * it.hi);
                                format!("{} ({lo:.0}-{hi:.0})", percent(Some(it.value)))
                            },
                        )
                    };
                    [name.clone(), count(row.iter().sum::<u64>())]
                        .into_iter()
                        .chain(cells.iter().map(share))
                        .collect::<Vec<_>>()
                });
        writeln!(f, "{}", table_of(&headers, 1, rows))?;
        writeln!(
            f,
            "In brackets: the interval of {:.0}%, by Wilson.",
            100.0 * LEVEL
        )?;
        if let Some(ladder) = &self.ladder {
            writeln!(
                f,
                "Of all steps {} went up, {} stayed, {} went down; {} came from outside, {} went \
                 there.",
                count(ladder.upgraded),
                count(ladder.stayed),
                count(ladder.downgraded),
                count(ladder.entered),
                count(ladder.exited),
            )?;
        }
        if let Some(mobility) = &self.mobility {
            writeln!(
                f,
                "Mobility {:.3} (mean singular value), {:.3} (Prais and Shorrocks).",
                mobility.svd, mobility.prais
            )?;
        }
        Ok(())
    }

    fn show_tests(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tests = &self.tests;
        let lines = [
            ("Same probabilities in each step", &tests.stationarity),
            ("The segment before the last does not matter", &tests.order),
            (
                "The last segment does not matter either",
                &tests.independence,
            ),
        ];
        let rows = lines.into_iter().map(|(name, test)| {
            let of = |pick: fn(&Test) -> String| or_none(test.as_ref().map(pick));
            [
                name.to_owned(),
                of(|test| format!("{:.3}", test.g)),
                of(|test| format!("{:.3}", test.pearson)),
                of(|test| count(test.df)),
                of(|test| p_value(test.p)),
                of(|test| format!("{:.2}", test.smallest_expected)),
            ]
        });
        let headers = ["If this held", "G", "Pearson", "df", "p", "Least expected"];
        writeln!(f, "{}", table(headers, 1, rows))
    }

    fn show_future(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.states.len() > MOST {
            return writeln!(f, "See --json.");
        }
        let names: Vec<String> = self.states.iter().map(|name| printable(name)).collect();
        let mut headers = vec!["Periods ahead"];
        headers.extend(names.iter().map(String::as_str));
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in &self.forecast {
            let cells = row.customers.iter().zip(row.lo.iter().zip(&row.hi));
            let cells = cells.map(|(value, (lo, hi))| format!("{value:.0} ({lo:.0}-{hi:.0})"));
            rows.push([row.step.to_string()].into_iter().chain(cells).collect());
        }
        if let Some(shares) = &self.steady_state {
            let shares = shares.iter().map(|share| percent(Some(*share)));
            rows.push(
                ["in the long run".to_owned()]
                    .into_iter()
                    .chain(shares)
                    .collect(),
            );
        }
        if rows.is_empty() {
            return writeln!(f, "Nothing can be told.");
        }
        writeln!(f, "{}", table_of(&headers, 1, rows))?;
        writeln!(
            f,
            "Of the customers of the last period, as far as they stay in the segments."
        )
    }

    fn show_balance(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.balance.iter().map(|row| row.step).max() else {
            return writeln!(f, "There is no step.");
        };
        let headers = [
            "Segment",
            "Opening",
            "New",
            "Returned",
            "From others",
            "To others",
            "Paused",
            "Gone",
            "Closing",
            "Value before",
            "Value now",
        ];
        let of_last = || self.balance.iter().filter(|row| row.step == last);
        let segments = || of_last().filter(|row| row.segment.is_some());
        let whole = of_last().filter(|row| row.segment.is_none());
        let all = segments().count();
        let rows = segments().take(ROWS).chain(whole).map(|row| {
            let it = &row.customers;
            [
                row.segment
                    .as_deref()
                    .map_or_else(|| "All".into(), printable),
                count(it.opening),
                count(it.born),
                count(it.returned),
                count(it.arrived),
                count(it.left),
                count(it.paused),
                count(it.churned),
                count(it.closing),
                or_none(row.money.as_ref().map(|money| money.opening)),
                or_none(row.money.as_ref().map(|money| money.closing)),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))?;
        if all > ROWS {
            writeln!(f, "And {} more: see --json.", all - ROWS)?;
        }
        Ok(())
    }

    fn show_sequences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Segment",
            "Stays that ended",
            "Mean periods",
            "Cut off",
            "Expected periods",
        ];
        let rows = self.sequences.stays.iter().map(|stays| {
            [
                printable(&stays.segment),
                count(stays.completed),
                fixed(stays.mean_completed, 2),
                count(stays.censored),
                fixed(stays.expected, 2),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))?;
        if let Some(means) = &self.sequences.means {
            writeln!(
                f,
                "A customer is in a segment for {:.1} periods and moves {:.1} times; entropy {:.3}, \
                 complexity {:.3}.",
                means.periods, means.moves, means.entropy, means.complexity
            )?;
        }
        writeln!(f, "The most common paths:")?;
        for path in self.sequences.paths.iter().take(COMMON) {
            let names: Vec<String> = path.path.iter().map(|name| printable(name)).collect();
            writeln!(
                f,
                "  {} ({}): {}",
                count(path.customers),
                percent(Some(path.share)),
                names.join(" > ")
            )?;
        }
        Ok(())
    }

    fn show_ways(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without an order of the segments nobody knows which ways are bad.
        let value = match self.ladder {
            Some(_) => "Value at risk",
            None => "Value that goes along",
        };
        let headers = [
            "From",
            "To",
            "Went",
            "Probability",
            "In it now",
            "Expected to go",
            value,
        ];
        let rows = self.at_risk.iter().take(ROWS).map(|path| {
            [
                printable(&path.from),
                printable(&path.to),
                count(path.customers),
                format!(
                    "{} ({:.0}-{:.0})",
                    percent(Some(path.probability)),
                    100.0 * path.lo,
                    100.0 * path.hi
                ),
                count(path.standing),
                format!("{:.1}", path.expected),
                fixed(path.money_at_risk, 2),
            ]
        });
        if self.at_risk.is_empty() {
            writeln!(f, "Nobody moved.")?;
        } else {
            writeln!(f, "{}", table(headers, 2, rows))?;
        }
        for row in self.critical_moves.iter().filter(|row| row.rings) {
            writeln!(
                f,
                "Rings: from {} to {} went {} ({}) in the last step, usually {}.",
                printable(&row.from),
                printable(&row.to),
                count(row.customers),
                percent(Some(row.share)),
                percent(row.usual_share)
            )?;
        }
        if let Some(drift) = &self.drift {
            writeln!(
                f,
                "Shares of the segments, first period to last: stability index {:.4} (p {}; \
                 significant from {:.4}).",
                drift.psi,
                p_value(drift.p),
                drift.critical_psi
            )?;
        }
        Ok(())
    }
}
