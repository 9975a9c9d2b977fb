//! The page of what was found.

use std::fmt;

use crate::{
    common::tables::{count, or_none, percent, printable, table},
    found::{Doubt, Found, WithTruth},
    people::resolve::Shares,
};

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.link {
            writeln!(
                f,
                "The two files are linked: it is taken for granted that nobody is in one of them \
                 twice. A record with two equally good candidates gets none; without --link, \
                 people who are twice in a file are found as well."
            )?;
        }
        writeln!(f, "\n1. Columns")?;
        self.show_columns(f)?;
        writeln!(f, "\n2. Rules: which pairs were compared")?;
        self.show_rules(f)?;
        writeln!(f, "\n3. Model: what each answer is worth, in bits")?;
        self.show_model(f)?;
        writeln!(f, "\n4. Who is who")?;
        self.show_clusters(f)?;
        if let Some(agreement) = &self.agreement {
            writeln!(f, "\n5. Agreement with the truth")?;
            agreement.fmt(f)?;
        }
        Ok(())
    }
}

impl Found {
    fn show_columns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Column",
            "From",
            "Known",
            "Distinct",
            "Blank",
            "Generic",
            "Unreadable",
        ];
        let rows = self.columns.iter().map(|column| {
            [
                printable(&column.name),
                printable(&column.from),
                count(column.known),
                count(column.distinct),
                count(column.blank),
                count(column.generic),
                count(column.unreadable),
            ]
        });
        writeln!(f, "{}", table(headers, 2, rows))?;
        for column in self.columns.iter().filter(|column| !column.used) {
            let name = printable(&column.name);
            writeln!(f, "{name} has no value that is known; it is left out.")?;
        }
        Ok(())
    }

    fn show_rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(statement) = &self.statement {
            return writeln!(f, "{statement}");
        }
        let rows = self.rules.iter().map(|rule| {
            [
                printable(&rule.name),
                count(rule.records),
                count(rule.blocks),
                count(rule.largest),
                count(rule.pairs),
                count(rule.skipped_pairs),
            ]
        });
        let headers = ["Rule", "Records", "Blocks", "Largest", "Pairs", "Skipped"];
        writeln!(f, "{}", table(headers, 1, rows))?;
        let pairs = count(self.pairs_scored);
        writeln!(f, "Different pairs that were compared: {pairs}.")
    }

    fn show_model(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.comparisons.is_empty() {
            return writeln!(f, "There is none: no pair was compared.");
        }
        let rows = self.comparisons.iter().flat_map(|comparison| {
            let levels = comparison.levels.iter().enumerate();
            levels.map(|(at, level)| {
                let comparison = if at == 0 { &comparison.name } else { "" };
                [
                    printable(comparison),
                    printable(&level.name),
                    format!("{:.4}", level.m),
                    format!("{:.2e}", level.u),
                    format!("{:+.1}", level.weight()),
                ]
            })
        });
        let headers = ["Comparison", "Level", "m", "u", "log2(m/u)"];
        writeln!(f, "{}", table(headers, 2, rows))?;
        for warning in &self.warnings {
            writeln!(f, "Note: {}.", printable(warning))?;
        }
        Ok(())
    }

    fn show_clusters(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Where nothing was joined there is nothing to be right or wrong about.
        let joined = self
            .estimated
            .as_ref()
            .filter(|_| self.clusters < self.records);
        let bits = self.threshold.map(|bits| format!("{bits:.1} bits"));
        let rows = [
            ["Records".to_owned(), count(self.records)],
            ["Clusters".to_owned(), count(self.clusters)],
            ["  of them single records".to_owned(), count(self.singles)],
            ["Largest cluster".to_owned(), count(self.largest)],
            ["Threshold".to_owned(), or_none(bits)],
            [
                "Estimated precision".to_owned(),
                percent(joined.map(|estimate| estimate.precision)),
            ],
            [
                "Estimated recall".to_owned(),
                percent(joined.map(|estimate| estimate.recall)),
            ],
        ];
        writeln!(f, "{}", table(["", ""], 1, rows))?;
        if let Some(doubt) = &self.doubt {
            write!(f, "{doubt}")?;
        }
        if self.largest_clusters.is_empty() {
            return Ok(());
        }
        writeln!(f, "The largest clusters:")?;
        let rows = self.largest_clusters.iter().map(|cluster| {
            let keys = printable(&cluster.keys.join(", "));
            let keys = match cluster.size - cluster.keys.len() {
                0 => keys,
                more => format!("{keys} and {} more", count(more)),
            };
            [keys, count(cluster.size)]
        });
        writeln!(f, "{}", table(["Keys", "Records"], 1, rows))
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people = |bound: f64| count(format!("{bound:.0}"));
        let interval = format!("{} to {}", people(self.people.lo), people(self.people.hi));
        let rows = [
            [
                "People, by the doubt of the model (95%)".to_owned(),
                interval,
            ],
            [
                "Clusters held together by a pair below even odds".to_owned(),
                count(self.open.weakly_linked),
            ],
            [
                "Clusters with pairs that speak against".to_owned(),
                count(self.open.with_conflicts),
            ],
            [
                "Merges in doubt, made or not".to_owned(),
                count(self.open.merges),
            ],
        ];
        writeln!(f, "{}", table(["", ""], 1, rows))?;
        if self.most_doubtful.is_empty() {
            return Ok(());
        }
        writeln!(f, "The most doubtful ones:")?;
        let rows = self.most_doubtful.iter().map(|merge| {
            let made = if merge.made { "yes" } else { "no" };
            [
                format!("{}, {}", printable(&merge.a), printable(&merge.b)),
                made.to_owned(),
                percent(Some(merge.probability)),
            ]
        });
        writeln!(f, "{}", table(["Keys", "Joined", "Probability"], 2, rows))
    }
}

impl fmt::Display for WithTruth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |name: &str, shares: &Shares| {
            [
                name.to_owned(),
                format!("{:.4}", shares.precision),
                format!("{:.4}", shares.recall),
                format!("{:.4}", shares.f1),
            ]
        };
        let rows = [
            row("Pairs", &self.pairwise),
            row("Records (B-cubed)", &self.b_cubed),
        ];
        let headers = ["By", "Precision", "Recall", "F1"];
        writeln!(f, "{}", table(headers, 1, rows))?;
        let recall = percent(Some(self.blocking_recall));
        writeln!(f, "The rules make {recall} of the true pairs.")
    }
}
