//! The page of an overview: what it shows, in which order.

use super::{
    draw::{Unit, grouped},
    page::{Page, Part},
    picture::Picture,
};
use crate::{
    Result,
    data::{Currency, Estimate},
    overview::{
        ActionRow, Actions, Arm, BaseFigures, GateVerdict, IdentityChapter, Kinds, Overview,
        OverviewSummary,
    },
    segmentation::ClusterStability,
    value::Summary,
};

/// The most actions that a page lists.
const ACTIONS: usize = 25;

/// The most segments whose curves are drawn; the largest ones.
const CURVES: usize = 5;

/// The page of an overview.
///
/// # Example
///
/// See the [module page](super).
#[derive(Debug, Clone)]
pub struct Report<'a> {
    overview: &'a Overview,
    actions: Option<&'a Actions>,
    identity: Option<(&'a IdentityChapter, String)>,
    title: String,
}

impl<'a> Report<'a> {
    /// A page of what there is.
    ///
    /// # Example
    ///
    /// See the [module page](super).
    pub fn new(overview: &'a Overview) -> Self {
        Self {
            overview,
            actions: None,
            identity: None,
            title: "Customers".to_owned(),
        }
    }

    /// The title of the page.
    ///
    /// # Example
    ///
    /// See the [module page](super).
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// With actions that were chosen from the overview. The page lists the first of them, with the keys
    /// of the customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::*, report::Report, simulate::PurchaseLogParams};
    /// # let log = PurchaseLogParams::default().customers(600).generate()?.transactions;
    /// # let agreed = log.customers().numbers().map(|who| (who, ContactStatus::Allowed));
    /// # let contact = ContactStatuses::new(log.customers(), agreed)?;
    /// # let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
    /// # let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let actions = overview.actions(&ActionParams::default().count(10))?;
    /// let report = Report::new(&overview).actions(&actions);
    /// assert!(report.html().contains("What to do"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn actions(mut self, actions: &'a Actions) -> Self {
        self.actions = Some(actions);
        self
    }

    /// Who is who, as told by another overview: of the same purchases with people that are made up, say, to
    /// show what keys do to the figures. The note says so on the page.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, identity::Records, overview::{OverviewInputs, OverviewParams}, report::Report};
    /// let (names, keys) = (["ann lee", "ann lee", "bob marsh"], ["1", "2", "3"]);
    /// let records = Records::builder().text_keys(&keys).full_name(&names).build()?;
    /// let as_of = date_of_day(9).unwrap();
    /// let people = OverviewParams::default().fit(&OverviewInputs::new().records(&records), as_of)?;
    /// let bare = OverviewParams::default().fit(&OverviewInputs::new(), as_of)?;
    /// let report = Report::new(&bare).identity(people.identity().told().unwrap(), "People are made up.");
    /// assert!(report.html().contains("People are made up."));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn identity(mut self, told: &'a IdentityChapter, note: &str) -> Self {
        self.identity = Some((told, note.to_owned()));
        self
    }

    /// The pictures, in the order of the page. What there is nothing to draw of is left out.
    ///
    /// # Example
    ///
    /// See the [module page](super).
    pub fn pictures(&self) -> Vec<Picture> {
        let parts = self.parts().into_iter().flat_map(|(_, parts)| parts);
        parts
            .filter_map(|part| match part {
                Part::Picture(picture) => Some(picture),
                _ => None,
            })
            .collect()
    }

    /// The page: one file, without scripts, that loads nothing.
    ///
    /// # Example
    ///
    /// See the [module page](super).
    pub fn html(&self) -> String {
        let summary = self.overview.summary();
        let mut page = Page::new(&self.title);
        page.headline(&format!("As of {}", summary.as_of), &figures(&summary));
        for (heading, parts) in self.parts() {
            page.section(heading, &parts);
        }
        page.section("How far to trust this", &Self::trust(&summary));
        page.finish(&format!(
            "Made with custometry {}. Receipt {}: the same figures follow from the same data and parameters.",
            self.overview.receipt().version,
            self.overview.receipt().id()
        ))
    }

    fn currency(&self) -> Option<Currency> {
        self.overview.purchases().map(Summary::currency)
    }

    fn parts(&self) -> Vec<(&'static str, Vec<Part>)> {
        let all = [
            ("Who is who", self.who_is_who()),
            ("Which segment they belong to", self.segments()),
            ("What they are worth", self.worth()),
            ("What changed", self.changes()),
            ("Who stays and who leaves", self.churn()),
            ("What to do", self.to_do()),
        ];
        all.into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .collect()
    }

    fn who_is_who(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let of = match (&self.identity, self.overview.identity().told()) {
            (Some((of, note)), _) => {
                parts.push(Part::Text(note.clone()));
                *of
            }
            (None, Some(of)) => of,
            (None, None) => return parts,
        };
        if let (Some(fragmented), Some(resolved)) = (&of.fragmented, &of.resolved) {
            parts.push(Part::Picture(Picture::fragmented_and_resolved(
                fragmented, resolved,
            )));
            let row = |name: &str, of: fn(&BaseFigures) -> Option<f64>, digits, scale| {
                let cell =
                    |figures| of(figures).map_or("–".to_owned(), |x| grouped(x * scale, digits));
                vec![name.to_owned(), cell(fragmented), cell(resolved)]
            };
            parts.push(Part::Table {
                head: ["", "keys of the files", "people"]
                    .map(str::to_owned)
                    .to_vec(),
                rows: vec![
                    row("customers", |of| Some(of.customers as f64), 0, 1.0),
                    row(
                        "with one purchase day",
                        |of| Some(of.one_time as f64),
                        0,
                        1.0,
                    ),
                    row("who came again (%)", |of| of.repeat_rate, 1, 100.0),
                    row("revenue per customer", |of| of.revenue_per_customer, 2, 1.0),
                ],
            });
        }
        if let Some(people) = &of.people_interval {
            parts.push(Part::Text(format!(
                "{} records are found to be of {} people ({:.0}% interval {} to {}).",
                grouped(of.records as f64, 0),
                grouped(f64::from(of.people), 0),
                people.level * 100.0,
                grouped(people.lo, 0),
                grouped(people.hi, 0),
            )));
        }
        parts
    }

    fn segments(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        if let (Some(of), Some(currency)) = (self.overview.segments().told(), self.currency()) {
            parts.extend(drawn(Picture::rfm_map(&of.scores)));
            parts.extend(drawn(Picture::segment_revenue(&of.figures, currency)));
        }
        if let Some(kinds) = self.overview.kinds().told() {
            parts.extend(drawn(Picture::segment_profiles(&kinds.profiles)));
            parts.push(found_again(kinds));
        }
        parts
    }

    fn worth(&self) -> Vec<Part> {
        let Some((summary, currency)) = self.overview.purchases().zip(self.currency()) else {
            return Vec::new();
        };
        let mut parts = Vec::new();
        if let Some(worth) = self.overview.worth().told() {
            parts.extend(drawn(Picture::value_distribution(&worth.clv, currency)));
            parts.extend(drawn(Picture::p_alive_map(summary, &worth.p_alive)));
        }
        if let Some(profit) = self.overview.profit().told() {
            let whale = profit.whale_curve();
            parts.extend(drawn(
                whale.and_then(|whale| Picture::whale_curve(&whale, currency)),
            ));
            parts.push(Part::Text(sentence(profit.basis().statement())));
        }
        parts
    }

    fn changes(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        if let (Some(bridge), Some(currency)) = (self.overview.bridge().told(), self.currency()) {
            let (opening, closing) = (bridge.opening, bridge.closing);
            parts.push(Part::Picture(Picture::revenue_bridge(
                &bridge.total,
                currency,
            )));
            parts.push(Part::Text(format!(
                "The period before is {} to {}, the last one {} to {}.",
                opening.first(),
                opening.last(),
                closing.first(),
                closing.last()
            )));
        }
        if let Some(moves) = self.overview.migration().told() {
            parts.extend(drawn(Picture::flows(&moves.flows)));
        }
        parts
    }

    fn churn(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        if let Some(churn) = self.overview.churn().told()
            && let Some(stays) = churn.by_segment.told()
        {
            let mut largest: Vec<_> = stays.segments.iter().collect();
            largest.sort_by_key(|of| std::cmp::Reverse(of.customers));
            largest.truncate(CURVES);
            let curves: Vec<_> = largest
                .iter()
                .map(|of| (of.segment.name.as_str(), &of.curve))
                .collect();
            parts.extend(drawn(Picture::survival_curves(&curves, stays.level)));
            parts.push(Part::Text(format!(
                    "Customers of {} in the largest segments of that day, watched from then on. A customer is \
                     taken for lost after {} days without a purchase.",
                    stays.from, churn.threshold.days
                )));
        }
        if let Some(risk) = self.overview.risk().told()
            && let Some(tested) = risk.tested.told()
        {
            parts.extend(drawn(Picture::calibration(&tested.calibration)));
            parts.push(Part::Text(format!(
                    "Models of earlier days foretold {} outcomes of {} later ones; of a customer who left and \
                     one who stayed, the first had the higher chance in {:.0} of 100 cases.",
                    grouped(tested.rows as f64, 0),
                    tested.dates,
                    tested.judged.auc * 100.0
                )));
        }
        parts
    }

    fn to_do(&self) -> Vec<Part> {
        let Some(actions) = self.actions else {
            return Vec::new();
        };
        let mut parts = Vec::new();
        parts.extend(drawn(Picture::actions(actions)));
        if actions.rows().is_empty() {
            parts.push(Part::Text(
                "There is nothing to do for customers who may be contacted.".to_owned(),
            ));
            return parts;
        }
        let customers = self.overview.purchases().map(Summary::customers);
        let row = |row: &ActionRow| {
            let key = customers.and_then(|customers| customers.key(row.customer));
            let reasons: Vec<String> = row.reasons.iter().map(ToString::to_string).collect();
            vec![
                key.map_or_else(String::new, |key| key.to_string()),
                row.action.to_string(),
                grouped(row.value_at_stake, 2),
                grouped(row.spend, 2),
                match row.arm {
                    Arm::Treat => "do it".to_owned(),
                    Arm::HoldOut => "leave alone, to compare".to_owned(),
                },
                reasons.join("; "),
            ]
        };
        let code = actions.currency().code().to_owned();
        parts.push(Part::Table {
            head: vec![
                "customer".to_owned(),
                "action".to_owned(),
                format!("at stake ({code})"),
                format!("spend ({code})"),
                "arm".to_owned(),
                "why".to_owned(),
            ],
            rows: actions.rows().iter().take(ACTIONS).map(row).collect(),
        });
        parts.push(Part::Text(format!(
            "{} of {} customers on the list. Who is left alone is drawn by lot, so that it can be measured \
             what an action brings.",
            actions.rows().len().min(ACTIONS),
            actions.rows().len(),
        )));
        parts
    }

    /// Gates, and what is not there.
    fn trust(summary: &OverviewSummary) -> Vec<Part> {
        let gates = summary.gates.iter().map(|gate| {
            let verdict = match gate.verdict {
                GateVerdict::Passed => "passed",
                GateVerdict::Failed => "read with care",
            };
            vec![verdict.to_owned(), gate.statement.clone()]
        });
        let absent = summary.absent.iter();
        let absent = absent.map(|(chapter, why)| vec![format!("no {chapter}"), why.to_string()]);
        vec![Part::Table {
            head: vec![String::new(), String::new()],
            rows: gates.chain(absent).collect(),
        }]
    }
}

/// Whether kinds are found again when customers are drawn anew.
fn found_again(kinds: &Kinds) -> Part {
    let row = |cluster: &ClusterStability| {
        let mut profiles = kinds.profiles.segments.iter();
        let of = profiles.find(|profile| profile.id.0 == cluster.label);
        let share = |share: Option<f64>| share.map_or("–".to_owned(), |it| Unit::Share.write(it));
        vec![
            of.map_or(String::new(), |of| of.name.clone()),
            share(of.map(|of| of.share)),
            share(of.and_then(|of| of.revenue_share)),
            grouped(cluster.mean_jaccard, 2),
            cluster.verdict().statement().to_owned(),
        ]
    };
    let head = ["kind", "of customers", "of revenue", "found again", ""];
    Part::Table {
        head: head.map(str::to_owned).to_vec(),
        rows: kinds.stability.clusters.iter().map(row).collect(),
    }
}

/// A statement that begins with a capital letter and ends with a full stop.
fn sentence(statement: &str) -> String {
    let mut letters = statement.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    first + letters.as_str() + "."
}

/// A picture, if there is something to draw.
fn drawn(picture: Result<Picture>) -> Option<Part> {
    picture.ok().map(Part::Picture)
}

/// The figures at the top: what each is, and what it is of.
fn figures(summary: &OverviewSummary) -> Vec<(String, &'static str, String)> {
    let code = summary.currency.clone().unwrap_or_default();
    let count = |value: Option<usize>| value.map(|value| grouped(value as f64, 0));
    let percent = |value: f64| Unit::Share.write(value);
    let interval = |of: &Estimate, digits| {
        let (lo, hi) = (grouped(of.lo, digits), grouped(of.hi, digits));
        format!("{lo} to {hi}, {:.0}% interval", of.level * 100.0)
    };
    let mut figures = Vec::new();
    let mut tell = |value: Option<String>, name, more: String| {
        figures.extend(value.map(|value| (value, name, more)));
    };
    tell(count(summary.customers), "customers", String::new());
    let of_active = summary
        .customers
        .zip(summary.active)
        .filter(|(all, _)| *all > 0);
    let share = of_active.map(|(all, active)| percent(active as f64 / all as f64));
    let share = share.map_or(String::new(), |share| format!("{share} of all"));
    tell(count(summary.active), "of them active", share);
    tell(
        summary.repeat_rate.map(percent),
        "have come again",
        String::new(),
    );
    let worth = summary
        .worth
        .map(|worth| format!("{} {code}", grouped(worth, 0)));
    let sure = summary.worth_interval.as_ref();
    tell(
        worth,
        "worth ahead",
        sure.map_or(String::new(), |of| interval(of, 0)),
    );
    tell(
        summary.expected_quiet.map(|count| grouped(count, 0)),
        "expected to go quiet",
        String::new(),
    );
    tell(
        summary.top_decile_share.map(percent),
        "of sales from the best tenth",
        String::new(),
    );
    for (growth, name) in [
        (&summary.fastest_growing, "grew most"),
        (&summary.fastest_shrinking, "shrank most"),
    ] {
        if let Some(growth) = growth {
            let from_to = format!(
                "{} to {} customers",
                grouped(growth.opening as f64, 0),
                grouped(growth.closing as f64, 0)
            );
            tell(Some(growth.segment.clone()), name, from_to);
        }
    }
    figures
}
