//! How far a difference varies if other customers had been met.

use super::{
    compare::{PairedDifference, PairedScores},
    measure::RankMeasure,
    pairs::{Order, Pairs, few},
    ranks::{RankEvaluation, check},
};
use crate::{
    Error, Result,
    data::Estimate,
    numeric::{map_chunks, rng::Stream},
};

/// What the random streams of one seed are for.
const DRAW: u32 = 0x5061_6972;
/// How often a draw is made again that holds only customers who left, or who stayed.
const TRIES: usize = 100;

impl PairedScores<'_> {
    /// The difference in any measure of the order, with a bootstrap: rows, or clusters, are drawn
    /// with replacement, and both models are judged on what was drawn. The standard error is the
    /// standard deviation over the draws, the interval lies between their percentiles (Efron 1979,
    /// doi:10.1214/aos/1176344552). The same seed gives the same result.
    ///
    /// A draw without anyone who left, or who stayed, is made again. Where a share of a draw would be
    /// less than one customer, it is one. Each draw costs O(n).
    ///
    /// # Errors
    ///
    /// As [`auc`](Self::auc) but for the two customers of each kind, and those of the measure;
    /// [`Error::NotEnoughData`] with fewer than two customers or clusters, or with two of which one
    /// holds all who left and the other all who stayed, as these can be drawn in one way only;
    /// [`Error::InvalidParameter`] for fewer than 2 draws; [`Error::Degenerate`] if hardly any draw
    /// holds both who left and who stayed.
    ///
    /// # Example
    ///
    /// See [`PairedScores`].
    pub fn bootstrap(
        &self,
        measure: &RankMeasure,
        draws: usize,
        seed: u64,
    ) -> Result<PairedDifference> {
        if draws < 2 {
            return Err(Error::parameter("draws", draws, "at least 2"));
        }
        // A level out of range is told before any work.
        Estimate::normal(0.0, 0.0, self.level)?;
        let pairs = Pairs::new(self, check)?;
        check_differ(&pairs)?;
        let orders = pairs
            .scores
            .each_ref()
            .map(|scores| Order::new(&pairs, scores));
        let judge = |times: Option<&[u32]>| {
            let [first, second] = orders.each_ref().map(|order| {
                let ranks = RankEvaluation::of_blocks(order.blocks(times))?;
                match times {
                    None => ranks.measure(measure),
                    Some(_) => ranks.measure_of_draw(measure),
                }
            });
            Ok::<_, Error>([first?, second?])
        };
        let measures = judge(None)?;
        let one = |draw: u64| {
            let times = drawn(&pairs, &mut Stream::new(seed, DRAW, draw))?;
            let [first, second] = judge(Some(&times))?;
            Ok(first - second)
        };
        let differences = map_chunks(draws, 1, |range| one(range.start as u64));
        let mut differences: Vec<f64> = differences.into_iter().collect::<Result<_>>()?;
        let value = measures[0] - measures[1];
        let difference = Estimate::of_draws(value, &mut differences, self.level)?;
        Ok(PairedDifference::new(measures, difference))
    }
}

/// Refuses rows of which only one draw has someone who left and someone who stayed: a standard error
/// of 0 would tell that the difference is sure.
fn check_differ(pairs: &Pairs) -> Result<()> {
    let mut has = [false; 2];
    for &left in &pairs.left {
        has[usize::from(left)] = true;
    }
    if has != [true; 2] {
        // Told with the measures, and better.
        return Ok(());
    }
    if pairs.clusters < 2 {
        return Err(few(pairs, "customers", "clusters of rows", pairs.clusters));
    }
    let rows = || pairs.left.iter().enumerate();
    let alike = |cluster: usize| {
        let mut of = rows().filter(|&(row, _)| pairs.cluster(row) == cluster);
        let first = of.next();
        of.all(|(_, left)| first.is_some_and(|(_, other)| other == left))
    };
    if pairs.clusters == 2 && alike(0) && alike(1) {
        return Err(Error::NotEnoughData {
            what: "customers or clusters, as of two, one that left and one that stayed, there is \
                   but one draw"
                .into(),
            needed: 3,
            found: 2,
        });
    }
    Ok(())
}

/// How often each cluster is drawn, so that there is someone who left and someone who stayed.
fn drawn(pairs: &Pairs, stream: &mut Stream) -> Result<Vec<u32>> {
    for _ in 0..TRIES {
        let mut times = vec![0u32; pairs.clusters];
        for _ in 0..pairs.clusters {
            times[stream.index(pairs.clusters)] += 1;
        }
        let mut rows = pairs.left.iter().enumerate();
        let mut has = [false; 2];
        if rows.any(|(row, &left)| {
            has[usize::from(left)] |= times[pairs.cluster(row)] > 0;
            has[0] && has[1]
        }) {
            return Ok(times);
        }
    }
    Err(Error::Degenerate {
        what: "hardly any draw holds both customers who left and customers who stayed; compare on \
               more customers"
            .into(),
    })
}
