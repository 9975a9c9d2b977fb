//! Golden numbers are of R 4.2.2: `glm` on person-periods made by hand, with `epsilon = 1e-15`, and six more
//! steps of Fisher's scoring by matrices, as `glm` tells errors by the weights of the step before its last.

use super::*;

/// Link, coefficients, their errors, and the log-likelihood.
type Golden<const N: usize> = (Link, [f64; N], [f64; N], f64);

#[test]
fn a_linear_baseline_is_that_of_r() {
    // glm(y ~ t + fin + age + race + wexp + mar + paro + prio, binomial(link), person_weeks)
    let cases: [Golden<9>; 2] = [
        (
            Link::Logit,
            [
                -4.509039360196,
                0.01821903953273,
                -0.3823488411759,
                -0.0575177066345,
                0.3144736910426,
                -0.1495676456182,
                -0.4362982620841,
                -0.08307265058406,
                0.09195298655169,
            ],
            [
                0.615396131216,
                0.0063421814945,
                0.192077022235,
                0.0220450947372,
                0.308950294829,
                0.213046199711,
                0.382737043317,
                0.196596760081,
                0.0288284194758,
            ],
            -681.7730220441,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.510378471685,
                0.01813455225239,
                -0.3809780812611,
                -0.05746249448487,
                0.312452283695,
                -0.147597913301,
                -0.4346139593998,
                -0.0831439023258,
                0.09161852160223,
            ],
            [
                0.613468773196,
                0.00631584080456,
                0.191345405329,
                0.0219923702514,
                0.307819869401,
                0.21227687722,
                0.381815731978,
                0.195786038726,
                0.0286379350131,
            ],
            -681.77099628,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in cases {
        let model = params(link, HazardBaseline::Linear)
            .fit(&rossi(), &features())
            .unwrap();
        assert_eq!(model.names()[..3], ["(Intercept)", "t", "fin"]);
        near(&model.coefficients(), &coefficients, 1e-10);
        near(&model.standard_errors(), &errors, 1e-10);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
        assert_eq!(model.person_periods(), 19_809);
        assert_eq!(model.events(), 114);
        assert_eq!(*model.verdict(), HazardVerdict::Converged);
    }
    // glm(y ~ t, binomial, person_weeks)
    let model = params(Link::Logit, HazardBaseline::Linear).fit(&rossi(), &features());
    near(
        &[model.unwrap().null_log_likelihood()],
        &[-698.4344614154],
        1e-12,
    );
}

#[test]
fn a_quadratic_baseline_is_that_of_r() {
    // glm(y ~ t + I(t^2) + fin + age + race + wexp + mar + paro + prio, binomial(link), person_weeks)
    let cases: [Golden<10>; 2] = [
        (
            Link::Logit,
            [
                -4.718587611029,
                0.03878264572162,
                -0.0003747446579358,
                -0.3831299191683,
                -0.05728411815419,
                0.3166173344539,
                -0.1505546382347,
                -0.4383342847406,
                -0.08273534542022,
                0.09242090712169,
            ],
            [
                0.675465366035,
                0.0273726157766,
                0.000483617528814,
                0.192109306997,
                0.0220343365673,
                0.309001981733,
                0.213020156416,
                0.38268087433,
                0.196646913279,
                0.0288797457257,
            ],
            -681.4673715445,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.720063995618,
                0.0386866605531,
                -0.0003744403735552,
                -0.381781232205,
                -0.05722526910494,
                0.314589895672,
                -0.1486714813796,
                -0.4366465234799,
                -0.08270919612206,
                0.09210754605146,
            ],
            [
                0.673388901228,
                0.0272761447636,
                0.000481782280785,
                0.191375981966,
                0.0219811326991,
                0.307865736994,
                0.212249105839,
                0.381755618087,
                0.195834277836,
                0.0286891014093,
            ],
            -681.4633488406,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in cases {
        let params = params(link, HazardBaseline::Polynomial(2));
        let model = params.fit(&rossi(), &features()).unwrap();
        assert_eq!(model.names()[..3], ["(Intercept)", "t", "t^2"]);
        near(&model.coefficients(), &coefficients, 1e-10);
        near(&model.standard_errors(), &errors, 1e-10);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
    }
}

/// Periods 1 and 2, the last with an event, and the columns.
fn picked(all: &[f64]) -> Vec<f64> {
    [0, 1].into_iter().chain(48..56).map(|at| all[at]).collect()
}

#[test]
fn a_coefficient_for_each_period_is_that_of_r() {
    // glm(y ~ 0 + factor(t) + fin + age + race + wexp + mar + paro + prio, binomial(link),
    //     person_weeks) without the weeks 29, 41 and 51, in which nobody was arrested
    let cases: [Golden<10>; 2] = [
        (
            Link::Logit,
            [
                -4.985443701906,
                -4.982473996266,
                -3.184787909335,
                -0.3828834184184,
                -0.05766590856259,
                0.3176504970793,
                -0.152783778547,
                -0.4360035759154,
                -0.08570945309668,
                0.09229410866543,
            ],
            [
                1.15895280937,
                1.15910427874,
                0.774454071983,
                0.192330312004,
                0.0220654427128,
                0.309383696016,
                0.213103236124,
                0.38285804731,
                0.196810612391,
                0.0288830451322,
            ],
            -661.5344924441,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.987560371235,
                -4.985728996501,
                -3.196256510413,
                -0.3801723678807,
                -0.05754649921544,
                0.3142998469053,
                -0.1495877867991,
                -0.4340954871061,
                -0.08514260999157,
                0.09176941525136,
            ],
            [
                1.15638452375,
                1.15701739416,
                0.77016967958,
                0.191379144774,
                0.0219921362675,
                0.307865290009,
                0.212103480901,
                0.381647310449,
                0.195778826336,
                0.0286415390727,
            ],
            -661.5595650027,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in cases {
        let params = params(link, HazardBaseline::EachPeriod);
        let model = params.fit(&rossi(), &features()).unwrap();
        assert_eq!(model.names().len(), 56);
        near(&picked(&model.coefficients()), &coefficients, 1e-10);
        near(&picked(&model.standard_errors()), &errors, 1e-10);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
        let names = ["period=29", "period=41", "period=51"].map(String::from);
        let verdict = HazardVerdict::InfiniteCoefficients {
            names: names.to_vec(),
        };
        assert_eq!(*model.verdict(), verdict);
        let hazard = model.hazard(&features(), &[28, 29, 30]).unwrap();
        assert!(hazard[[0, 0]] > 0.0 && hazard[[0, 1]] == 0.0 && hazard[[0, 2]] > 0.0);
    }
}

#[test]
fn weights_and_entries_are_those_of_r() {
    // the same formulas with weights = w, on the person-weeks after entry
    let linear: [Golden<9>; 2] = [
        (
            Link::Logit,
            [
                -4.297338160132,
                0.01650108012857,
                -0.3490715768947,
                -0.06132589494485,
                0.2186677567613,
                -0.08462404716445,
                -0.7202361065488,
                -0.1171905363784,
                0.1003924346069,
            ],
            [
                0.506710350003,
                0.00530370318956,
                0.15694000653,
                0.0181248649856,
                0.24963280224,
                0.172495719705,
                0.345492269302,
                0.160600781398,
                0.023218494898,
            ],
            -1017.76619893,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.299269361329,
                0.01642689923339,
                -0.3478674485552,
                -0.06125566694339,
                0.2166261265414,
                -0.08277306338109,
                -0.7181648823635,
                -0.1170092994253,
                0.1000041140649,
            ],
            [
                0.505009105032,
                0.00528039145474,
                0.156305883388,
                0.0180791025688,
                0.24859113769,
                0.171817965823,
                0.344756027957,
                0.159909004221,
                0.0230461348322,
            ],
            -1017.757103573,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in linear {
        let params = params(link, HazardBaseline::Linear);
        let model = params.fit(&late_rossi(), &features()).unwrap();
        near(&model.coefficients(), &coefficients, 1e-10);
        near(&model.standard_errors(), &errors, 1e-10);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
        assert_eq!(model.person_periods(), 19_165);
    }
}

#[test]
fn so_they_are_with_a_coefficient_for_each_period() {
    let each: [Golden<10>; 2] = [
        (
            Link::Logit,
            [
                -3.58536819039,
                -4.193129106543,
                -3.126988468626,
                -0.3497206687928,
                -0.06130941505124,
                0.2203054246823,
                -0.08776738270207,
                -0.7192130790829,
                -0.1187291455464,
                0.1007466989517,
            ],
            [
                0.950087029703,
                0.949655316915,
                0.647040558284,
                0.157179934576,
                0.0181312487184,
                0.250042297136,
                0.172635490051,
                0.345662350261,
                0.160842902276,
                0.023285827243,
            ],
            -984.4814595068,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -3.594663656741,
                -4.199679875424,
                -3.138039249188,
                -0.347293634224,
                -0.06117531087242,
                0.2166201133888,
                -0.08454555782613,
                -0.716838676617,
                -0.1178883466704,
                0.1002021254532,
            ],
            [
                0.944667022168,
                0.947086186573,
                0.643434518915,
                0.156339826793,
                0.0180666531088,
                0.248583159984,
                0.171734018942,
                0.344671673076,
                0.15993932947,
                0.0230587441258,
            ],
            -984.5015681515,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in each {
        let params = params(link, HazardBaseline::EachPeriod);
        let model = params.fit(&late_rossi(), &features()).unwrap();
        near(&picked(&model.coefficients()), &coefficients, 1e-10);
        near(&picked(&model.standard_errors()), &errors, 1e-10);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
    }
}
