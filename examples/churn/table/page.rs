//! The page of who will leave.

use std::fmt;

use custometry::churn::{Judgement, LogisticVerdict};

use super::{Driver, Risk};
use crate::{
    common::{
        probability::p_value,
        tables::{count, or_none, percent, printable, table},
    },
    page::{note_aliased, ratio_of},
};

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} rows, {} of them left",
            self.file,
            count(self.n),
            count(self.left),
        )?;
        write!(f, "Staying is: {}", printable(&self.staying.join(", ")))?;
        match self.other_staying {
            0 => writeln!(f, ".")?,
            others => writeln!(f, ", and {others} others.")?,
        }
        if self.unknown > 0 {
            writeln!(
                f,
                "Note: of {} rows it is not known; they are scored, not learned from.",
                count(self.unknown)
            )?;
        }
        if self.not_scored > 0 {
            writeln!(
                f,
                "Note: {} of them have no score: they are of a group that nobody known is in.",
                count(self.not_scored)
            )?;
        }
        writeln!(f, "\n1. How well it tells who leaves")?;
        self.show_tested(f)?;
        writeln!(f, "\n2. Whom to look at first")?;
        self.show_gains(f)?;
        writeln!(f, "\n3. What goes with leaving, with all else equal")?;
        self.show_drivers(f)
    }
}

impl Risk {
    fn show_tested(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tested, raw) = (&self.tested, &self.uncalibrated);
        writeln!(
            f,
            "Each customer is judged by a model that did not see the customer, in {} parts.",
            self.folds.len()
        )?;
        let row =
            |name: &str, of: &dyn Fn(&Judgement) -> String| [name.to_owned(), of(tested), of(raw)];
        let number = |value: f64| format!("{value:.4}");
        let rows = [
            row("Area under the ROC curve", &|it| {
                let error = it.auc_se.map(|error| format!("{error:.4}"));
                format!("{:.4} (error {})", it.auc, or_none(error))
            }),
            row("Average precision", &|it| number(it.average_precision)),
            row("Log-loss", &|it| number(it.log_loss)),
            row("Brier score", &|it| number(it.brier)),
            row("Lift of the first tenth", &|it| {
                format!("{:.3}", it.lift_at_10)
            }),
            row("Leavers in the first tenth", &|it| {
                percent(Some(it.captured_at_10))
            }),
            row("Calibration slope (1 is right)", &|it| {
                or_none(it.calibration_slope.map(|slope| format!("{slope:.3}")))
            }),
        ];
        writeln!(f, "{}", table(["", "Calibrated", "As fitted"], 1, rows))
    }

    fn show_gains(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Part",
            "Customers",
            "Chances from",
            "to",
            "Left",
            "Share",
            "Lift",
            "Of all leavers so far",
        ];
        let rows = self.gains.iter().map(|part| {
            [
                part.part.to_string(),
                count(part.customers),
                percent(Some(part.highest_score)),
                percent(Some(part.lowest_score)),
                count(format!("{:.0}", part.left)),
                percent(Some(part.rate)),
                format!("{:.2}", part.lift),
                percent(Some(part.captured)),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))
    }

    fn show_drivers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Column",
            "Odds ratio",
            "95% from",
            "to",
            "Coefficient",
            "Error",
            "Robust",
            "p",
        ];
        let mut drivers: Vec<&Driver> = self.drivers.iter().skip(1).collect();
        drivers.sort_by(|one, other| other.z.abs().total_cmp(&one.z.abs()));
        let rows = drivers.into_iter().map(|driver| {
            let ratio = &driver.odds_ratio;
            [
                printable(&driver.name),
                ratio_of(ratio.value),
                ratio_of(ratio.lo),
                ratio_of(ratio.hi),
                format!("{:.5}", driver.coefficient),
                format!("{:.5}", driver.se),
                format!("{:.5}", driver.robust_se),
                p_value(driver.p),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))?;
        writeln!(
            f,
            "Log-likelihood {:.4}; deviance {:.4} ({:.4} without columns).",
            self.log_likelihood, self.deviance, self.null_deviance
        )?;
        if !self.left_out.is_empty() {
            let names = printable(&self.left_out.join(", "));
            writeln!(
                f,
                "Note: too many different texts to learn from, so left out: {names}."
            )?;
        }
        note_aliased(&self.aliased, f)?;
        if let LogisticVerdict::Separated { columns } = &self.verdict {
            let names = printable(&columns.join(", "));
            writeln!(
                f,
                "Note: {names}: tells some who left from some who stayed without fail. The coefficient \
                 is infinite, its error means nothing; group rare levels, or ask whether it was known \
                 before."
            )?;
        }
        Ok(())
    }
}
