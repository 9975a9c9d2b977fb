//! Survival of customers and its errors. Golden numbers are of R 4.2.2 and survival 3.5.3.

use super::*;

#[test]
fn survival_of_two_people_is_that_of_r() {
    let rossi = rossi();
    let features = columns(&NAMES);
    let cox = CoxParams::default()
        .fit(&CoxData::new(&rossi, &features))
        .unwrap();
    let (times, hazard) = cox.baseline(0, Reference::Zero).unwrap();
    assert_eq!((times[0], times[48], times.len()), (1.0, 52.0, 49));
    near(
        &[hazard[0], hazard[1], hazard[48]],
        &[0.006803238994, 0.01362662184, 0.956499219069],
        1e-7,
    );
    let two = [
        [1.0, 0.0],
        [25.0, 20.0],
        [1.0; 2],
        [1.0, 0.0],
        [0.0; 2],
        [1.0; 2],
        [0.0, 5.0],
    ];
    let columns: Vec<(&str, &[f64])> = NAMES
        .iter()
        .zip(&two)
        .map(|(name, column)| (*name, &column[..]))
        .collect();
    let two = Features::from_columns(&columns, MissingValues::Refuse).unwrap();
    let customers = CoxCustomers::new(&two);
    // summary(survfit(fit, newdata), times = c(10, 26, 52))$surv
    let alive = cox.survival(&customers, &[10.0, 26.0, 52.0]).unwrap();
    near(
        alive.as_slice().unwrap(),
        &[
            0.9818353817538,
            0.931303649632,
            0.8449011490868,
            0.936570250737,
            0.7753709097949,
            0.5474572969289,
        ],
        1e-9,
    );
    let predictor = cox.linear_predictor(&customers, Reference::Zero).unwrap();
    near(&predictor, &[-1.7361327259, -0.4622407434], 1e-7);
    let later = cox
        .survival(&customers.alive_for(&[10.0, 26.0]), &[16.0, 26.0])
        .unwrap();
    near(&[later[[0, 0]]], &[0.931303649632 / 0.9818353817538], 1e-9);
    near(&[later[[1, 1]]], &[0.5474572969289 / 0.7753709097949], 1e-9);
}

#[test]
fn errors_of_survival_are_those_of_r() {
    // summary(survfit(fit, newdata, conf.type), times = c(10, 26, 52))
    let told = |found: &ndarray::Array2<Estimate>, part: fn(&Estimate) -> f64| {
        found.iter().map(part).collect::<Vec<f64>>()
    };
    let rossi = rossi();
    let features = columns(&NAMES);
    let data = CoxData::new(&rossi, &features);
    let who = [[1.0], [25.0], [1.0], [1.0], [0.0], [1.0], [0.0]];
    let who: Vec<(&str, &[f64])> = NAMES
        .iter()
        .zip(&who)
        .map(|(name, x)| (*name, &x[..]))
        .collect();
    let who = Features::from_columns(&who, MissingValues::Refuse).unwrap();
    let customer = CoxCustomers::new(&who);
    let times = [10.0, 26.0, 52.0];

    let cox = CoxParams::default().fit(&data).unwrap();
    let found = cox
        .survival_estimates(&customer, &times, Band::LogLog, 0.95)
        .unwrap();
    let se = [0.005905628389252, 0.015846764743091, 0.030371222916303];
    near(&told(&found, |e| e.se), &se, 1e-9);
    let lo = [0.9657277566605, 0.8925149932959, 0.7741410035858];
    near(&told(&found, |e| e.lo), &lo, 1e-10);
    let hi = [0.9904100192929, 0.9564337774481, 0.8949802658975];
    near(&told(&found, |e| e.hi), &hi, 1e-10);

    let cox = CoxParams::default().ties(Ties::Breslow).fit(&data).unwrap();
    let found = cox
        .survival_estimates(&customer, &times, Band::LogLog, 0.95)
        .unwrap();
    let se = [0.005900408249416, 0.015820809586881, 0.030306765356324];
    near(&told(&found, |e| e.se), &se, 1e-9);

    // Weights that are not whole; coxph(..., robust = FALSE).
    let weights: Vec<f64> = column("age").iter().map(|age| age / 20.0).collect();
    let weighted = rossi.clone().with_weights(&weights).unwrap();
    let three = columns(&["fin", "age", "prio"]);
    let cox = CoxParams::default()
        .fit(&CoxData::new(&weighted, &three))
        .unwrap();
    let who: [(&str, &[f64]); 3] = [("fin", &[1.0]), ("age", &[25.0]), ("prio", &[2.0])];
    let who = Features::from_columns(&who, MissingValues::Refuse).unwrap();
    let customer = CoxCustomers::new(&who);
    let found = cox
        .survival_estimates(&customer, &times, Band::Log, 0.95)
        .unwrap();
    let se = [0.006338530486348, 0.014381391302229, 0.023931922312880];
    near(&told(&found, |e| e.se), &se, 1e-9);
    let lo = [0.9630605741465, 0.8850644233253, 0.7723492395265];
    near(&told(&found, |e| e.lo), &lo, 1e-10);

    // Entries and strata, times = c(30, 100, 300).
    let (heart, features) = heart();
    let transplant = golden::numbers(golden::HEART, "transplant");
    let strata: Vec<String> = transplant.iter().map(ToString::to_string).collect();
    let strata = Categories::new(&strata).unwrap();
    let two = golden::features(golden::HEART, &["age", "surgery"]);
    assert_eq!(features.len(), two.len());
    let cox = CoxParams::default()
        .fit(&CoxData::new(&heart, &two).strata(&strata))
        .unwrap();
    let who: [(&str, &[f64]); 2] = [("age", &[5.0]), ("surgery", &[1.0])];
    let who = Features::from_columns(&who, MissingValues::Refuse).unwrap();
    let one = Categories::new(&["1"]).unwrap();
    let customer = CoxCustomers::new(&who).strata(&one);
    let times = [30.0, 100.0, 300.0];
    let found = cox
        .survival_estimates(&customer, &times, Band::Plain, 0.95)
        .unwrap();
    let alive = [0.8320504399599, 0.6265108090785, 0.5212008608228];
    near(&told(&found, |e| e.value), &alive, 1e-10);
    let se = [0.08671074372773, 0.11868343934337, 0.12874704193307];
    near(&told(&found, |e| e.se), &se, 1e-8);
    let lo = [0.6621005051808, 0.3938955424041, 0.2688612955179];
    near(&told(&found, |e| e.lo), &lo, 1e-8);
    assert_eq!(found[[0, 0]].hi.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn ages_and_times_add_up_to_times_of_events() {
    let durations = Durations::new(&[0.1, 0.3, 0.7, 0.9], &[1; 4]).unwrap();
    let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse).unwrap();
    let cox = CoxParams::default()
        .fit(&CoxData::new(&durations, &x))
        .unwrap();
    let customers = CoxCustomers::new(&x);
    // 0.1 + 0.2 is a little more than 0.3, and 0.2 + 0.7 a little less than 0.9.
    let ages = [0.2; 4];
    let later = cox.survival(&customers.alive_for(&ages), &[0.7]).unwrap();
    let plain = cox.survival(&customers, &[0.2, 0.9]).unwrap();
    let ratio = plain[[0, 1]] / plain[[0, 0]];
    near(&[later[[0, 0]]], &[ratio], 1e-12);
}

#[test]
fn the_error_of_what_is_left_is_that_of_the_delta_method() {
    let rossi = rossi();
    let features = columns(&["fin", "prio"]);
    let cox = CoxParams::default()
        .fit(&CoxData::new(&rossi, &features))
        .unwrap();
    let who: [(&str, &[f64]); 2] = [("fin", &[1.0]), ("prio", &[4.0])];
    let who = Features::from_columns(&who, MissingValues::Refuse).unwrap();
    let customer = CoxCustomers::new(&who);
    let estimate = |ages: &[f64], time: f64| {
        let customer = customer.alive_for(ages);
        cox.survival_estimates(&customer, &[time], Band::Log, 0.95)
            .unwrap()[[0, 0]]
    };
    // Nothing is known of someone of no age but what is known of all.
    let whole = cox
        .survival_estimates(&customer, &[30.0], Band::Log, 0.95)
        .unwrap()[[0, 0]];
    assert_eq!(estimate(&[0.0], 30.0), whole);
    // survfit(fit, newdata, start.time = 20.5), at week 30.
    let later = estimate(&[20.0], 10.0);
    let alive = cox.survival(&customer, &[20.0, 30.0]).unwrap();
    near(&[later.value], &[alive[[0, 1]] / alive[[0, 0]]], 1e-12);
    near(&[later.value], &[0.955418012174105], 1e-9);
    near(&[later.se], &[0.0108705307944064], 1e-8);
    // One whose hazard is beyond all numbers is gone, and does not stand in the way of others.
    let offset = [800.0];
    let gone = cox
        .survival_estimates(&customer.offset(&offset), &[30.0], Band::Log, 0.95)
        .unwrap();
    assert_eq!((gone[[0, 0]].value, gone[[0, 0]].se), (0.0, 0.0));
    let far = cox.baseline(0, Reference::Row(&[0.0, 1e6])).unwrap_err();
    assert!(far.to_string().contains("their mean"), "{far}");
}
