//! The question: which segment of a new segmentation is which of the old one, and what became of
//! the others?
//!
//! # Model
//!
//! The numbers and the order of clusters are an accident of a fit: two fits are compared by their
//! customers. Each new segment is given to at most one old one, so that the sum of an overlap over all
//! pairs is the largest possible; a greedy choice of the best pair first can miss it. The overlap is
//! the number of customers in both, so that as few customers as possible change their segment by a
//! change of labels; or the Jaccard index, which does not let one large segment outweigh small ones. A
//! pair holds only if its Jaccard index reaches a threshold: half of all customers of both, at first.
//!
//! Beside the pairs stand the events of MONIC (Spiliopoulou et al. 2006), which know splits and mergers.
//!
//! # Formula
//!
//! ```text
//! Jaccard(X, Y) = |X and Y| / |X or Y|            over customers who have a segment in both
//! share(X, Y)   = |X and Y| / |X|
//! X survives as Y        share(X, Y) >= survival, for no other old segment too
//! X is absorbed by Y     share(X, Y) >= survival, for another old segment too
//! X is split over Y1..   share(X, Yi) >= split for each of two or more, their sum >= survival
//! X vanishes             else
//! Y emerges              if nothing survives as it, is absorbed by it or split over it
//! ```
//!
//! # How to read the numbers
//!
//! The margin of a pair is its Jaccard index less that of the best rival, the same old segment with
//! another new one or the other way round. Near 0 another pairing is as good. Customers who came or
//! went between the two days say nothing about the definitions: they are counted apart and enter no
//! share.
//!
//! # Limits
//!
//! Overlap of customers only: segments of two disjoint bases cannot be aligned, nor can those of two
//! days between which most customers moved for reasons of their own. Align two segmentations of the
//! same day where that is possible.
//!
//! # Complexity
//!
//! O(n) to count n customers; O(k³) for k segments (Kuhn 1955, in the form of shortest augmenting
//! paths, Jonker and Volgenant 1987).
//!
//! # References
//!
//! - Kuhn, H. W. (1955), "The Hungarian method for the assignment problem", `doi:10.1002/nav.3800020109`.
//! - Jonker, R. and Volgenant, A. (1987), "A shortest augmenting path algorithm for dense and sparse
//!   linear assignment problems", `doi:10.1007/BF02278710`.
//! - Spiliopoulou, M., Ntoutsi, I., Theodoridis, Y. and Schult, R. (2006), "MONIC: modeling and
//!   monitoring cluster transitions", `doi:10.1145/1150402.1150491`.

mod aligned;
mod assignment;
mod events;
mod overlap;

pub use self::aligned::{AlignedPair, Alignment, AlignmentParams, OverlapMeasure};
pub use self::events::{
    ClusterEventParams, ClusterEvents, ClusterFate, ClusterOrigin, NewCluster, OldCluster,
    SharedPart,
};
pub use self::overlap::OverlapCounts;

#[cfg(test)]
mod tests;
