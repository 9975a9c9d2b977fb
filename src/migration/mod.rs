//! How customers move between states, and what that will do.
//!
//! *Who moved where, where does it lead, what is a customer of each state worth, and do the moves of
//! two groups or two years differ at all?*
//!
//! - A [`SegmentPanel`] says where each customer was in each period, outside included.
//! - [`Flows`] are read from it: the balance of each state, its growth, upgrades and downgrades, the
//!   money at risk by path, and a graph to draw.
//! - [`Sequences`] tell how long customers stay, how restless they are, and which paths they take.
//! - [`TransitionCounts`] say how many customers went from which state to which, [`TripleCounts`] how
//!   many took which two steps; both can be merged.
//! - A [`TransitionMatrix`] holds the probabilities, with intervals. It tells the long run, absorption,
//!   first passages and mobility, and whether rates are behind it ([`Generator`]).
//! - [`ForecastParams`] look ahead, with intervals; [`MarkovValueParams`] say what a customer is worth,
//!   and where to stop spending.
//! - [`ChainTestParams`] compare counts with a matrix, groups with one another and years with one
//!   another, and tell whether the path matters.
//! - [`DriftParams`] freeze a reference and tell whether later customers are distributed as it was.
//! - [`AlignmentParams`] tell which segment of a new segmentation is which of the old one, and
//!   [`ClusterEventParams`] what became of the others; [`ChangeSplitParams`] part what customers did
//!   from what definitions did.
//! - [`DriverParams`] hold movers against stayers; a [`MoveWatch`] rings where a move is unusual.
//!
//! # Example
//!
//! ```
//! use custometry::{data::{Segment, SegmentId}, migration::*};
//!
//! let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
//! let states = vec![state(1, "active"), state(2, "asleep"), state(3, "lost")];
//! let counts = TransitionCounts::new(states, &[[80, 20, 0], [15, 25, 10], [0, 0, 7]])?;
//! let matrix = TransitionMatrix::of_counts(&counts);
//! let steps = matrix.absorption()?.steps;
//! assert!((steps[0] - 17.5).abs() < 1e-12); // months until an active customer is lost
//!
//! let value = MarkovValueParams::new(vec![12.0, -1.0, 0.0]).discount(0.01).value(&matrix)?;
//! assert!(value[0] > value[1] && value[1] > 0.0);
//! # Ok::<(), custometry::Error>(())
//! ```

mod chunks;
mod counts;
mod states;
mod triples;

mod flows;
mod panel;
mod sequences;

mod chain;
mod matrix;

mod chain_tests;
mod worth;

mod alignment;
mod change_split;
mod drift;
mod drivers;

pub use self::alignment::{
    AlignedPair, Alignment, AlignmentParams, ClusterEventParams, ClusterEvents, ClusterFate,
    ClusterOrigin, NewCluster, OldCluster, OverlapCounts, OverlapMeasure, SharedPart,
};
pub use self::chain::{
    Absorption, Forecast, ForecastParams, LongRun, Mobility, Sojourn, StateClass, SteadyState,
};
pub use self::chain_tests::{ChainTest, ChainTestParams, ChainTestVerdict, SimulatedP};
pub use self::change_split::{
    ChangeCause, ChangeCauses, ChangeMatrix, ChangeSplit, ChangeSplitParams, SegmentChange,
    rematched_customers,
};
pub use self::counts::{Directions, TransitionCounts};
pub use self::drift::{
    Drift, DriftBin, DriftCounts, DriftParams, DriftReference, DriftTest, DriftVerdict,
    KolmogorovSmirnov, PsiBand, StabilityIndex, ZeroShares,
};
pub use self::drivers::{
    Contrast, CriticalMove, DriverParams, Drivers, FeatureDriver, MoveDrivers, MoveWatch,
    MoveWatchParams,
};
pub use self::flows::{
    Balance, CustomerBalance, CustomerParts, FlowState, Flows, Growth, Ladder, LadderStep, Mix,
    MixState, MoneyBalance, MoneyGrowth, MoneyParts, Move, RiskPath, Rungs, Sankey, SankeyLink,
    SankeyNode, Stock,
};
pub use self::matrix::{
    Embeddability, EmbeddingVerdict, Generator, GeneratorFit, NoGenerator, RateAdjustment,
    TransitionMatrix,
};
pub use self::panel::{Presence, SegmentPanel, SegmentPanelBuilder, SnapshotKeys};
pub use self::sequences::{CommonPath, SequenceMeans, SequenceShape, Sequences, StayLength, Stays};
pub use self::triples::TripleCounts;
pub use self::worth::{MarkovValueParams, OptimalStopping};
