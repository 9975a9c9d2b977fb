//! R stops a step before the end: it was started again at its own end, twenty times.

use super::*;

/// `d$w <- 1 + (0:431 %% 4) / 2; d$o <- ((0:431) %% 5 - 2) / 4`
fn weights_and_offset() -> (Vec<f64>, Vec<f64>) {
    let weight = |row: u32| 1.0 + f64::from(row % 4) / 2.0;
    let offset = |row: u32| (f64::from(row % 5) - 2.0) / 4.0;
    (
        (0..432).map(weight).collect(),
        (0..432).map(offset).collect(),
    )
}

struct Golden {
    b: [f64; 8],
    se: [f64; 8],
    /// Deviance, null deviance, and the covariance of `fin` and `age`.
    others: [f64; 3],
    /// `b <- summary(m)$cov.unscaled; s <- model.matrix(m) * residuals(m, "working") * m$weights;
    /// sqrt(diag(b %*% crossprod(s) %*% b))`, which is `sandwich(m)`.
    robust: [f64; 8],
    /// With `s <- rowsum(s, d$prio)`: `vcovCL(m, ~prio, type = "HC0", cadjust = FALSE)`.
    clustered: [f64; 8],
}

#[track_caller]
fn check(link: Link, data: &LogisticData<'_>, golden: &Golden) {
    let model = LogisticParams::default().link(link).fit(data).unwrap();
    near(model.coefficients(), &golden.b, 1e-11);
    near(&model.standard_errors(), &golden.se, 1e-12);
    let others = [
        model.deviance(),
        model.null_deviance(),
        model.covariance()[8 + 2],
    ];
    near(&others, &golden.others, 1e-11);
    assert_eq!(
        (model.rows(), model.left(), model.rows_left_out()),
        (432, 114, 0)
    );
    assert_eq!(*model.verdict(), LogisticVerdict::Converged);
    near(&model.robust_errors(data).unwrap(), &golden.robust, 1e-11);
    let of = |prio: &&str| prio.parse::<u32>().unwrap();
    let prio: Vec<u32> = golden::column(golden::ROSSI, "prio")
        .iter()
        .map(of)
        .collect();
    near(
        &model.robust_errors(&data.clusters(&prio)).unwrap(),
        &golden.clustered,
        1e-11,
    );
}

/// `glm(arrest ~ fin + age + race + wexp + mar + paro + prio, binomial)`
#[test]
fn rossi_by_the_logit() {
    let (features, left) = rossi();
    let data = LogisticData::new(&features, &left);
    let golden = Golden {
        b: [
            0.342888778639243,
            -0.437282825931712,
            -0.0674216306868653,
            0.353856100826038,
            -0.152364128624209,
            -0.490152135757382,
            -0.0881459677493566,
            0.101362559827331,
        ],
        se: [
            0.680247314564061,
            0.228533622928083,
            0.0243761422499201,
            0.364278249564138,
            0.250777751238666,
            0.422569161056889,
            0.236197347298006,
            0.0381435661842418,
        ],
        others: [467.369034920243, 498.601782560774, -0.000167497417769223],
        robust: [
            0.730085286459967,
            0.230182594647617,
            0.026918573171092,
            0.351549605839579,
            0.256771243981791,
            0.427651186823647,
            0.234892443703121,
            0.0358063594507511,
        ],
        clustered: [
            0.621897587635639,
            0.127190527586308,
            0.0260858306125365,
            0.235692390780063,
            0.313519110875794,
            0.200739309635462,
            0.236276006025445,
            0.0326705824390441,
        ],
    };
    check(Link::Logit, &data, &golden);
}

/// `glm(arrest ~ fin + age + race + wexp + mar + paro + prio, binomial, weights = w, offset = o)`
#[test]
fn rossi_with_weights_and_offset() {
    let (features, left) = rossi();
    let (weight, offset) = weights_and_offset();
    let features = features.with_weights(&weight).unwrap();
    let data = LogisticData::new(&features, &left).offset(&offset);
    let golden = Golden {
        b: [
            0.454249083058477,
            -0.302731714320078,
            -0.0806191072744702,
            0.440925071976559,
            -0.100166934275693,
            -0.373822552580561,
            -0.0549360505947814,
            0.0874438572197004,
        ],
        se: [
            0.525132407935495,
            0.174708260396979,
            0.0193002185321816,
            0.28090074931593,
            0.192060711187104,
            0.304197647988402,
            0.181641245979949,
            0.0286065897081478,
        ],
        others: [840.734940055677, 889.710715576801, -8.99384065485413e-05],
        robust: [
            0.761776183278405,
            0.250305105127215,
            0.028473302873752,
            0.385857224621007,
            0.281254655848593,
            0.469373580592601,
            0.257395908374131,
            0.0379924615790865,
        ],
        clustered: [
            0.693559542497078,
            0.156810892998067,
            0.0241838910238321,
            0.28793476343527,
            0.345416051018779,
            0.262176682801247,
            0.256263606622381,
            0.0304336826719601,
        ],
    };
    check(Link::Logit, &data, &golden);
}

/// `glm(arrest ~ fin + age + race + wexp + mar + paro + prio, binomial(cloglog))`
#[test]
fn rossi_by_the_complementary_log_log() {
    let (features, left) = rossi();
    let data = LogisticData::new(&features, &left);
    let golden = Golden {
        b: [
            0.0838488426651879,
            -0.363174272814086,
            -0.0617052403708388,
            0.274786778430579,
            -0.0950534597074039,
            -0.411738911542758,
            -0.0920901445164112,
            0.0837002319605981,
        ],
        se: [
            0.583808337692985,
            0.191902348737419,
            0.0216650923434974,
            0.307502135048008,
            0.21056752866682,
            0.378093821966577,
            0.195777435404617,
            0.0282584090065177,
        ],
        others: [467.083180573165, 498.601782560774, -0.000183603143353655],
        robust: [
            0.623750850851046,
            0.193199971442512,
            0.0239081281937789,
            0.296392838212186,
            0.214970615723206,
            0.383623991627762,
            0.194269612940695,
            0.0258099110512527,
        ],
        clustered: [
            0.527968847396015,
            0.103910314711631,
            0.0231859146537028,
            0.203479694791044,
            0.258178064145891,
            0.192267834902005,
            0.196411608140252,
            0.0243310562806691,
        ],
    };
    check(Link::ComplementaryLogLog, &data, &golden);
}

/// `glm(arrest ~ fin + age + race + wexp + mar + paro + prio, binomial(cloglog), weights = w,
/// offset = o)`
#[test]
fn rossi_by_the_complementary_log_log_with_weights_and_offset() {
    let (features, left) = rossi();
    let (weight, offset) = weights_and_offset();
    let features = features.with_weights(&weight).unwrap();
    let data = LogisticData::new(&features, &left).offset(&offset);
    let golden = Golden {
        b: [
            0.143168094550924,
            -0.240798690292581,
            -0.0736309217872522,
            0.36585938614448,
            -0.0609940003420879,
            -0.320489846574832,
            -0.0647353040606847,
            0.0736083738757995,
        ],
        se: [
            0.455184048660513,
            0.147242873623998,
            0.0172644649142392,
            0.240158914142772,
            0.161594341174107,
            0.270173965946031,
            0.151683474375312,
            0.0219361915149272,
        ],
        others: [846.863866462934, 896.929513192585, -6.26826208076565e-05],
        robust: [
            0.661726497447921,
            0.211633530546724,
            0.0254938147801659,
            0.329317851819167,
            0.236456942731085,
            0.415654180090051,
            0.215611971492906,
            0.0291027916437042,
        ],
        clustered: [
            0.594993031447709,
            0.136715509458204,
            0.0216999311221323,
            0.249505280228788,
            0.281616159147563,
            0.250315992106975,
            0.210876319390806,
            0.023739150687854,
        ],
    };
    check(Link::ComplementaryLogLog, &data, &golden);
}

/// `glm(am ~ hp + wt + factor(cyl), binomial, mtcars)`: 32 cars of 1974 (Henderson and Velleman 1981,
/// doi:10.2307/2530428), with an automatic transmission or not.
#[test]
fn cars_with_a_category() {
    let hp = [
        110.0, 110.0, 93.0, 110.0, 175.0, 105.0, 245.0, 62.0, 95.0, 123.0, 123.0, 180.0, 180.0,
        180.0, 205.0, 215.0, 230.0, 66.0, 52.0, 65.0, 97.0, 150.0, 150.0, 245.0, 175.0, 66.0, 91.0,
        113.0, 264.0, 175.0, 335.0, 109.0,
    ];
    let wt = [
        2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25,
        5.424, 5.345, 2.2, 1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17,
        2.77, 3.57, 2.78,
    ];
    let cyl = [
        6, 6, 4, 6, 8, 6, 8, 4, 4, 6, 6, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 4, 8, 6,
        8, 4,
    ];
    let am = [
        1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1,
        1, 1,
    ];
    let cyl: Vec<String> = cyl.iter().map(ToString::to_string).collect();
    let features = features(&[("hp", &hp), ("wt", &wt)])
        .with_categories("cyl", Categories::new(&cyl).unwrap())
        .unwrap();
    let left = am.map(|am| am == 1);
    let model = LogisticParams::default()
        .fit(&LogisticData::new(&features, &left))
        .unwrap();
    assert_eq!(model.names(), ["(Intercept)", "hp", "wt", "cyl=6", "cyl=8"]);
    near(
        model.coefficients(),
        &[
            18.0938254972999,
            0.10320904841491,
            -10.6759803873374,
            2.7657546802009,
            -8.38896243906306,
        ],
        1e-9,
    );
    near(
        &model.standard_errors(),
        &[
            9.46284248945514,
            0.0960655270874004,
            5.44200009573327,
            3.15682910127148,
            13.1674595831548,
        ],
        1e-9,
    );
    near(
        &[model.deviance(), model.null_deviance()],
        &[7.25537124455497, 43.2297332768578],
        1e-13,
    );
}
