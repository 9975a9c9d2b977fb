//! The page of what was found.

use std::fmt;

use custometry::segmentation::Stability;

use crate::{
    common::tables::{NONE, count, or_none, percent, printable, table, table_of},
    found::{Feature, Found, Segment},
};

/// How many columns of a profile fit on a page.
const COLUMNS: usize = 8;

/// Enough digits to tell figures apart.
fn figure(value: Option<f64>) -> String {
    match value {
        None => NONE.to_owned(),
        Some(value) if value.abs() >= 1e6 => format!("{value:.4e}"),
        Some(value) if value.abs() >= 100.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.3}"),
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} customers", self.file, count(self.customers))?;
        if let Some(weight) = &self.weight {
            writeln!(f, "Weighted by {}.", printable(weight))?;
        }
        for warning in &self.warnings {
            writeln!(f, "Note: {}.", printable(warning))?;
        }
        let mut chapter = 1;
        if self.panel.is_some() {
            writeln!(f, "\n{chapter}. How many segments")?;
            self.show_panel(f)?;
            chapter += 1;
        }
        writeln!(
            f,
            "\n{chapter}. Segments, by {} with k = {}",
            self.model, self.k
        )?;
        self.show_segments(f)?;
        writeln!(f, "\n{}. Profiles, in the original units", chapter + 1)?;
        self.show_profiles(f)
    }
}

impl Found {
    fn show_panel(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(panel) = &self.whole.panel else {
            return Ok(());
        };
        let headers = [
            "k",
            "Within",
            "Explained",
            "Silhouette",
            "CH",
            "DB",
            "Gap",
            "s",
            "BIC",
            "Strength",
            "Least Jaccard",
            "Smallest",
        ];
        let rows = panel.rows.iter().map(|row| {
            let whole: f64 = row.sizes.iter().sum();
            let least = row.sizes.iter().copied().fold(f64::INFINITY, f64::min);
            let stability = row.stability.as_ref();
            [
                row.k.to_string(),
                figure(Some(row.within)),
                percent(Some(row.explained)),
                figure(row.silhouette.as_ref().map(|found| found.value)),
                figure(row.calinski_harabasz),
                figure(row.davies_bouldin),
                figure(row.gap.as_ref().map(|gap| gap.value)),
                figure(row.gap.as_ref().map(|gap| gap.error)),
                figure(row.bic),
                figure(row.strength.as_ref().map(|strength| strength.mean)),
                figure(stability.map(Stability::least_jaccard)),
                percent(Some(least / whole)),
            ]
        });
        writeln!(f, "{}", table(headers, 0, rows))?;
        let preferred: Vec<String> = (panel.preferences.iter())
            .map(|found| format!("{} {}", found.index.name(), found.k))
            .collect();
        writeln!(f, "Each index alone prefers: {}.", preferred.join(", "))?;
        for warning in &panel.warnings {
            writeln!(f, "Note: {}.", printable(&warning.to_string()))?;
        }
        let found = &panel.recommendation;
        writeln!(f, "Recommended: {}.", found.k)?;
        for reason in &found.reasons {
            writeln!(f, "  for it: {reason}.")?;
        }
        for reason in &found.against {
            writeln!(f, "  against it: {reason}.")?;
        }
        Ok(())
    }

    fn show_segments(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut headers = vec!["Segment", "Name", "Customers", "Share", "Silhouette"];
        let asked = self
            .segments
            .iter()
            .any(|segment| segment.jaccard.is_some());
        if asked {
            headers.extend(["Jaccard", "Dissolved", "Recovered"]);
        }
        let rows = self.segments.iter().map(|segment| {
            let mut row = vec![
                segment.id.to_string(),
                printable(&segment.name),
                count(segment.size),
                percent(Some(segment.share)),
                figure(segment.silhouette),
            ];
            if asked {
                let times = |times: Option<usize>| or_none(times.map(count));
                row.extend([
                    figure(segment.jaccard),
                    times(segment.dissolved),
                    times(segment.recovered),
                ]);
            }
            row
        });
        writeln!(f, "{}", table_of(&headers, 2, rows))?;
        let apart = match self.silhouette_se {
            Some(se) => format!(
                "{} (a sample; standard error {se:.4})",
                figure(self.silhouette)
            ),
            None => figure(self.silhouette),
        };
        writeln!(
            f,
            "Sum of squares {}, of which segments explain {}. Silhouette {apart}, \
             Calinski-Harabasz {}, Davies-Bouldin {}.",
            figure(Some(self.inertia)),
            percent(Some(self.explained)),
            figure(self.calinski_harabasz),
            figure(self.davies_bouldin)
        )?;
        if let Some(bic) = self.of_model.bic {
            writeln!(f, "BIC {bic:.2}.")?;
        }
        if let (Some(cost), Some(gamma)) = (self.of_model.cost, self.of_model.gamma) {
            let (cost, gamma) = (figure(Some(cost)), figure(Some(gamma)));
            writeln!(f, "Cost {cost}; a category that differs costs {gamma}.")?;
        }
        if self.unassigned > 0 {
            writeln!(f, "In no segment: {}.", count(self.unassigned))?;
        }
        for segment in &self.segments {
            if let Some(verdict) = segment.verdict {
                let (id, verdict) = (segment.id, verdict.statement());
                writeln!(f, "Segment {id}: {verdict}.")?;
            }
        }
        Ok(())
    }

    fn show_profiles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.segments.first() else {
            return Ok(());
        };
        let numbers: Vec<&String> = (first.profile.iter())
            .filter(|(_, found)| matches!(found, Feature::Number { .. }))
            .map(|(name, _)| name)
            .collect();
        for names in numbers.chunks(COLUMNS) {
            let shown: Vec<String> = names.iter().map(|name| printable(name)).collect();
            let mut headers = vec!["Medians"];
            headers.extend(shown.iter().map(String::as_str));
            let rows = self.segments.iter().map(|segment| {
                let median = |name: &&String| match segment.profile.get(*name) {
                    Some(Feature::Number { median, .. }) => figure(*median),
                    _ => NONE.to_owned(),
                };
                let name = format!("Segment {}", segment.id);
                std::iter::once(name)
                    .chain(names.iter().map(median))
                    .collect()
            });
            writeln!(f, "{}", table_of(&headers, 1, rows))?;
        }
        writeln!(f, "What sets segments apart, in standard deviations:")?;
        for Segment {
            id,
            distinguishing,
            exemplars,
            ..
        } in &self.segments
        {
            let (most, like) = (distinguishing.join(", "), exemplars.join(", "));
            let most = if most.is_empty() { "nothing" } else { &most };
            writeln!(
                f,
                "  Segment {id}: {}; such as {}.",
                printable(most),
                printable(&like)
            )?;
        }
        Ok(())
    }
}
