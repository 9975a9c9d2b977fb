//! Every prediction of every purchase model at fixed parameters, against 40-digit
//! arithmetic from the definitions: see `tests/golden/value/predictions.py`.

use std::{collections::BTreeMap, fs};

use custometry::{
    data::{Days, DiscountRate, TimeUnit},
    value::{BgNbd, MbgNbd, Nbd, ParetoNbd, Prediction, PurchaseHistory, PurchaseModel},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize, Debug)]
struct Case {
    model: String,
    params: BTreeMap<String, f64>,
    x: u32,
    t_x: f64,
    #[serde(rename = "T")]
    age: Option<f64>,
    quantity: String,
    t: Option<f64>,
    n: Option<u32>,
    rate: Option<f64>,
    threshold: Option<f64>,
    value: f64,
}

impl Case {
    fn model(&self) -> Box<dyn PurchaseModel> {
        // Days, so that no time is divided by 7 on the way.
        let unit = TimeUnit::Days;
        let p = |name: &str| self.params[name];
        match self.model.as_str() {
            "nbd" => Box::new(Nbd::new(unit, p("r"), p("alpha")).unwrap()),
            "bg_nbd" => Box::new(BgNbd::new(unit, p("r"), p("alpha"), p("a"), p("b")).unwrap()),
            "mbg_nbd" => Box::new(MbgNbd::new(unit, p("r"), p("alpha"), p("a"), p("b")).unwrap()),
            "pareto_nbd" => {
                Box::new(ParetoNbd::new(unit, p("r"), p("alpha"), p("s"), p("beta")).unwrap())
            }
            other => panic!("no model {other}"),
        }
    }

    fn prediction(&self) -> Option<Prediction> {
        let horizon = || Days(self.t.unwrap());
        let rate = || DiscountRate::continuous(self.rate.unwrap()).unwrap();
        Some(match self.quantity.as_str() {
            "log_likelihood" => return None,
            "p_alive" => Prediction::PAlive,
            "p_alive_in" => Prediction::PAliveIn(horizon()),
            "expected" => Prediction::Expected(horizon()),
            "exactly" => Prediction::Exactly(self.n.unwrap(), horizon()),
            "discounted" => Prediction::Discounted(horizon(), rate()),
            "residual" => Prediction::Residual(rate()),
            "silence" => Prediction::SilenceAge(self.threshold.unwrap()),
            other => panic!("no prediction {other}"),
        })
    }

    fn got(&self) -> f64 {
        let age = self.age.unwrap_or(self.t_x);
        let history = PurchaseHistory::new(self.x, Days(self.t_x), Days(age)).unwrap();
        match self.prediction() {
            Some(prediction) => self.model().predict_one(&history, prediction).unwrap(),
            None => self.model().log_likelihood_one(&history),
        }
    }
}

#[test]
fn predictions_against_40_digit_arithmetic() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/value/predictions.json"
    );
    let golden: Golden = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(golden.cases.len() > 200);
    let mut wrong = Vec::new();
    for case in &golden.cases {
        let got = case.got();
        let off = (got - case.value).abs() / case.value.abs().max(f64::MIN_POSITIVE);
        if off.is_nan() || off > 1e-10 {
            wrong.push(format!("{got:e}: {case:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
