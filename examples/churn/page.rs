//! The page of what was found.

use std::fmt;

use custometry::churn::CoxVerdict;

use crate::{
    common::{
        probability::p_value,
        tables::{count, or_none, percent, printable, table, table_of},
    },
    survival::{Curve, Curves, Regressed, Survival},
};

/// How many times a curve is shown at.
const TIMES: usize = 6;

impl fmt::Display for Survival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} customers, {} of them left",
            self.file,
            count(self.n),
            count(self.events),
        )?;
        if self.left_out > 0 {
            writeln!(
                f,
                "Note: {} rows lack a duration, an event, an entry or a group and are left out.",
                count(self.left_out)
            )?;
        }
        writeln!(f, "\n1. Who is still there")?;
        self.show_curves(f)?;
        if let Some(cox) = &self.cox {
            writeln!(f, "\n2. What drives how soon they leave")?;
            self.show_cox(cox, f)?;
        }
        Ok(())
    }
}

impl Survival {
    fn show_curves(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let curves: Vec<(&str, &Curve)> = match &self.km {
            Curves::Whole(curve) => vec![("all", curve)],
            Curves::Groups(groups) => {
                let groups = groups.0.iter();
                groups.map(|(name, curve)| (name.as_str(), curve)).collect()
            }
        };
        let last = curves
            .iter()
            .filter_map(|(_, curve)| curve.whole.times().last())
            .fold(0.0, |last: f64, &time| last.max(time));
        let times: Vec<f64> = (1..=TIMES)
            .map(|step| rounded(last * step as f64 / TIMES as f64, last))
            .collect();
        let mut headers = vec![
            "Group".to_owned(),
            "Customers".into(),
            "Left".into(),
            "Median".into(),
        ];
        headers.extend(times.iter().map(|time| format!("after {time}")));
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let rows = curves.iter().map(|(name, curve)| {
            let mut row = vec![
                printable(name),
                count(curve.n),
                count(curve.events),
                or_none(curve.median),
            ];
            // Beyond the last time that a group was watched nothing is known.
            let watched = curve.whole.times().last().copied().unwrap_or_default();
            row.extend(times.iter().map(|&time| {
                let share = curve.whole.survival_at(time);
                percent((time <= watched || share <= 0.0).then_some(share))
            }));
            row
        });
        writeln!(f, "{}", table_of(&headers, 1, rows))?;
        if let Some(test) = &self.log_rank {
            writeln!(
                f,
                "Log-rank test that the groups do not differ: chi-square {:.3}, {} degrees, p {}",
                test.statistic,
                test.degrees,
                p_value(test.p)
            )?;
        }
        Ok(())
    }

    fn show_cox(&self, cox: &Regressed, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Column",
            "Ratio of hazards",
            "95% from",
            "to",
            "Coefficient",
            "Error",
            "Robust",
        ];
        let rows = cox
            .coef
            .0
            .iter()
            .enumerate()
            .map(|(at, (name, coefficient))| {
                let ratio = &cox.ratios[at];
                [
                    printable(name),
                    ratio_of(ratio.value),
                    ratio_of(ratio.lo),
                    ratio_of(ratio.hi),
                    format!("{coefficient:.5}"),
                    format!("{:.5}", cox.se.0[at].1),
                    format!("{:.5}", cox.robust_se.0[at].1),
                ]
            });
        writeln!(f, "{}", table(headers, 1, rows))?;
        writeln!(
            f,
            "{} customers, {} left; log-likelihood {:.4} ({:.4} without columns); concordance {}",
            count(cox.n),
            count(cox.events),
            cox.log_likelihood,
            cox.log_likelihood_null,
            or_none(cox.concordance.map(|share| format!("{share:.4}"))),
        )?;
        if cox.left_out > 0 {
            let left_out = count(cox.left_out);
            writeln!(
                f,
                "Note: {left_out} rows lack a feature and are left out here."
            )?;
        }
        if let Some(test) = &self.ph_test {
            let changing = (test.0.iter()).filter(|(name, test)| test.p < 0.01 && name != "GLOBAL");
            let told: Vec<String> = changing
                .map(|(name, test)| format!("{} (p {})", printable(name), p_value(test.p)))
                .collect();
            if told.is_empty() {
                writeln!(f, "No ratio is seen to change with time (p 0.01 or more).")?;
            } else {
                let told = told.join(", ");
                writeln!(
                    f,
                    "Note: these ratios change with time and are means over it: {told}."
                )?;
            }
        }
        note_aliased(&self.aliased, f)?;
        if let CoxVerdict::InfiniteCoefficients { names } = &cox.verdict {
            let names = printable(&names.join(", "));
            writeln!(
                f,
                "Note: {names}: nobody left at one end of it. The coefficient is infinite, its error \
                 means nothing; group rare levels."
            )?;
        }
        Ok(())
    }
}

/// A time with few digits, whole ones where the last is far off.
fn rounded(time: f64, last: f64) -> f64 {
    if last >= 10.0 {
        time.round()
    } else {
        (100.0 * time).round() / 100.0
    }
}

/// Tells of columns without a coefficient, if there are any.
pub(crate) fn note_aliased(aliased: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if aliased.is_empty() {
        return Ok(());
    }
    let names = printable(&aliased.join(", "));
    writeln!(
        f,
        "Note: constant or made up by other columns, so left out: {names}."
    )
}

/// A ratio of hazards or odds. Very large ones have no digits that mean anything.
pub(crate) fn ratio_of(ratio: f64) -> String {
    if ratio < 1e6 {
        format!("{ratio:.4}")
    } else {
        "> 1000000".to_owned()
    }
}
