//! What was found, as pictures and as one page: for those who read, not for those who compute.
//!
//! A [`Picture`] is a figure of one result: [`Picture::rfm_map`], [`Picture::whale_curve`],
//! [`Picture::survival_curves`] and others. It is drawn as SVG at any width. A [`Report`] is the page of an
//! [`Overview`](crate::overview::Overview): one HTML file without scripts, that loads nothing, reads well on
//! a phone and prints.
//!
//! # How to read it
//!
//! Each picture says how under its title, and has the numbers that it is drawn from in a table. Colours
//! are those that people with any sight of colours tell apart (Okabe and Ito 2008); where a colour says
//! how much, its lightness alone does.
//!
//! # Limits
//!
//! A page holds keys of customers if it holds actions: it is as personal as they are.
//!
//! # Complexity
//!
//! Linear in the customers; the page itself grows with segments and not with customers.
//!
//! # Example
//!
//! ```
//! use custometry::{data::date_of_day, overview::{OverviewInputs, OverviewParams}, report::Report,
//!                  simulate::PurchaseLogParams};
//! let log = PurchaseLogParams::default().customers(600).generate()?.transactions;
//! let inputs = OverviewInputs::new().transactions(&log);
//! let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
//! let report = Report::new(&overview).title("Our customers");
//! let page = report.html();
//! assert!(page.starts_with("<!doctype html>") && page.contains("<title>Our customers</title>"));
//! assert!(report.pictures().iter().any(|picture| picture.name() == "rfm_map"));
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Okabe, M.; Ito, K. (2008). *Color Universal Design: how to make figures and presentations that are
//!   friendly to colorblind people*. <https://jfly.uni-koeln.de/color/>
//! - Schmidt, M. (2008). The Sankey diagram in energy and material flow management. *Journal of
//!   Industrial Ecology* 12(1), 82-94. doi:10.1111/j.1530-9290.2008.00004.x
//! - Tufte, E. (2001). *The Visual Display of Quantitative Information*. 2nd ed. Graphics Press.

mod actions;
mod churn;
mod draw;
mod identity;
mod migration;
mod overview;
mod page;
mod picture;
mod segmentation;
#[cfg(test)]
mod tests;
mod value;

pub use self::{overview::Report, picture::Picture};
