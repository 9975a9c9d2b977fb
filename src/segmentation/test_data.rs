//! Data sets that several tests of the room share.

use ndarray::{Array2, ArrayView2};

use crate::{
    data::{Features, MissingValues},
    numeric::rng::Stream,
};

/// Features named x0, x1 and so on.
pub(super) fn features(values: ArrayView2<'_, f64>) -> Features {
    let names: Vec<String> = (0..values.ncols()).map(|at| format!("x{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Features::from_view(&names, values, MissingValues::Refuse).unwrap()
}

/// Fisher's flowers, in cm.
pub(super) fn iris() -> Features {
    features(iris_table().view())
}

pub(super) fn iris_table() -> Array2<f64> {
    let text = include_str!("../../tests/golden/segmentation/iris.csv");
    let rows: Vec<f64> = text
        .lines()
        .skip(1)
        .flat_map(|line| line.split(',').take(4).map(|cell| cell.parse().unwrap()))
        .collect();
    Array2::from_shape_vec((150, 4), rows).unwrap()
}

/// Points in four groups by Ruspini (1970), doi:10.1016/S0020-0255(70)80056-1, as in Kaufman and
/// Rousseeuw (1990) and in R's package cluster.
pub(super) fn ruspini() -> Features {
    #[rustfmt::skip]
    let points: [[f64; 2]; 75] = [
        [4.0, 53.0], [5.0, 63.0], [10.0, 59.0], [9.0, 77.0], [13.0, 49.0], [13.0, 69.0],
        [12.0, 88.0], [15.0, 75.0], [18.0, 61.0], [19.0, 65.0], [22.0, 74.0], [27.0, 72.0],
        [28.0, 76.0], [24.0, 58.0], [27.0, 55.0], [28.0, 60.0], [30.0, 52.0], [31.0, 60.0],
        [32.0, 61.0], [36.0, 72.0], [28.0, 147.0], [32.0, 149.0], [35.0, 153.0], [33.0, 154.0],
        [38.0, 151.0], [41.0, 150.0], [38.0, 145.0], [38.0, 143.0], [32.0, 143.0], [34.0, 141.0],
        [44.0, 156.0], [44.0, 149.0], [44.0, 143.0], [46.0, 142.0], [47.0, 149.0], [49.0, 152.0],
        [50.0, 142.0], [53.0, 144.0], [52.0, 152.0], [55.0, 155.0], [54.0, 124.0], [60.0, 136.0],
        [63.0, 139.0], [86.0, 132.0], [85.0, 115.0], [85.0, 96.0], [78.0, 94.0], [74.0, 96.0],
        [97.0, 122.0], [98.0, 116.0], [98.0, 124.0], [99.0, 119.0], [99.0, 128.0], [101.0, 115.0],
        [108.0, 111.0], [110.0, 111.0], [108.0, 116.0], [111.0, 126.0], [115.0, 117.0],
        [117.0, 115.0], [70.0, 4.0], [77.0, 12.0], [83.0, 21.0], [61.0, 15.0], [69.0, 15.0],
        [78.0, 16.0], [66.0, 18.0], [58.0, 13.0], [64.0, 20.0], [69.0, 21.0], [66.0, 23.0],
        [61.0, 25.0], [76.0, 27.0], [72.0, 31.0], [64.0, 30.0],
    ];
    features(ndarray::aview2(&points))
}

/// The spend of 440 wholesale customers; none, with a word about it, if the file is not there.
pub(super) fn wholesale() -> Option<Array2<f64>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/wholesale.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
        {
            eprintln!("NOT RUN: {path} is not there");
        }
        return None;
    };
    let spend: Vec<f64> = text
        .lines()
        .skip(1)
        .flat_map(|line| line.split(',').skip(2))
        .map(|cell| cell.trim().parse().unwrap())
        .collect();
    Some(Array2::from_shape_vec((440, 6), spend).unwrap())
}

/// Columns less their mean over their standard deviation, with the number of rows as divisor.
fn z_scores(mut table: Array2<f64>) -> Array2<f64> {
    let n = table.nrows() as f64;
    for mut column in table.columns_mut() {
        let mean = column.sum() / n;
        let sd = (column.mapv(|x| (x - mean) * (x - mean)).sum() / n).sqrt();
        column.mapv_inplace(|x| (x - mean) / sd);
    }
    table
}

/// The wholesale customers by logarithms of their spend, as z-scores.
pub(super) fn wholesale_in_logs() -> Option<Features> {
    let logs = wholesale()?.mapv(f64::ln);
    Some(features(z_scores(logs).view()))
}

/// Round clouds that overlap a little, one after the other.
pub(super) fn clouds(rows: usize, count: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut draw = Stream::new(seed, 1, 0);
    let centres = Array2::from_shape_fn((count, columns), |_| 3.0 * draw.normal());
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        centres[(row * count / rows, column)] + draw.normal()
    })
}
