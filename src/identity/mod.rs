//! Who is who: how likely it is that two records are of the same person.
//!
//! *The shop knows Ann Lee, the web knows A. Lee with another address, the call centre a
//! phone number. How many customers is that, and how sure is it?*
//!
//! - [`Records`] bring columns of one or many sources into one form: names, days of
//!   birth, addresses, phone numbers, free identifiers. The normalisers are public.
//! - [`BlockingParams`] say which pairs are worth comparing, count them before any is
//!   made, and give a full account of what is left out.
//! - A [`Comparison`] asks how alike two records are, in levels from the best to the
//!   worst; each kind of column has one that suits it.
//! - [`FellegiSunterParams`] find what each level is worth, without labels or with them;
//!   [`FellegiSunter`] is what they found, [`SplinkModel`] what Splink did.
//! - A [`Scorer`] weighs pairs in a stream that keeps only those above a floor, weighs
//!   pairs of the host's own, and explains any of them by the same function.
//! - [`ResolveParams`] turn weighed pairs into customers and say how wrong they may be; a
//!   [`Resolution`] says how well each cluster hangs together, how it came to be, and why
//!   two records are not one person.
//! - [`AlternativesParams`] draw what else could be, so that the number of customers, and
//!   anything else that is counted by customer, has an interval.
//! - [`pairwise`], [`b_cubed`] and [`blocking_recall`] say how well clusters, links and
//!   rules agree with a truth that is known.
//!
//! # Model
//!
//! ```text
//! W = log2(λ/(1 - λ)) + Σ_k log2(m_kl/u_kl) + term frequencies        p = 1/(1 + 2^-W)
//! ```
//!
//! where λ is the chance that two records taken at random are of one person, and m and u
//! are the chances of level l of comparison k for records of one person and of two. A
//! comparison with a missing value says nothing. See [`FellegiSunter`] for pairs of one
//! family.
//!
//! # How to read it
//!
//! Ten bits are odds of a thousand to one. A pair of 20 bits is safe in a table of any
//! size, since the prior has the size of the table in it; a pair of 3 bits is one to look
//! at. A probability is as good as the model: comparisons that depend on each other make
//! it too sure.
//!
//! # Limits
//!
//! What no rule pairs is never compared: look at [`RuleReport`] before the scores. The
//! parameters are found from the pairs of the rules, so that a column that all rules look
//! at cannot be trained ([`TrainingWarning`]).
//!
//! # Complexity
//!
//! Each different value is normalised once; blocks are found in the order of n log n
//! keys; pairs are weighed in numbers of values, a few hundred nanoseconds each, and
//! memory grows with the pairs that are kept, not with those that are weighed.
//!
//! # Example
//!
//! ```
//! use custometry::identity::{BlockingParams, FellegiSunterParams, MatchWeight, PairKind, Records};
//! use custometry::simulate::PeopleParams;
//!
//! let people = PeopleParams::default().records(4_000).generate()?;
//! let records = Records::builder()
//!     .int_keys(&people.record)
//!     .given_name(&people.given_name)
//!     .surname(&people.surname)
//!     .birth_dates(&people.birth_date)
//!     .phone(&people.phone)
//!     .build()?;
//! let blocking = BlockingParams::suited_to(&records, PairKind::All, 1_000_000)?.block(&records)?;
//! let model = FellegiSunterParams::default().fit(&blocking)?;
//! let scorer = model.scorer(&records)?;
//! let scored = scorer.score(&blocking, MatchWeight::from_probability(0.5)?)?;
//!
//! // Why are the first two one person?
//! let edge = scored.edges()[0];
//! let why = scorer.explain(edge.a, edge.b)?;
//! assert_eq!(why.weight, edge.weight);
//! assert_eq!(why.comparisons.len(), 4);
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage. *Journal of the
//!   American Statistical Association* 64(328), 1183-1210.
//!   doi:10.1080/01621459.1969.10501049
//! - Winkler, W. E. (2000). Using the EM algorithm for weight computation in the
//!   Fellegi-Sunter model of record linkage. Statistical Research Report RR2000/05, U.S.
//!   Census Bureau.
//! - Enamorado, T., Fifield, B. and Imai, K. (2019). Using a probabilistic model to assist
//!   merging of large-scale administrative records. *American Political Science Review*
//!   113(2), 353-371. doi:10.1017/S0003055418000783
//! - Linacre, R. and others (2022). Splink: free software for probabilistic record linkage
//!   at scale. *International Journal of Population Data Science* 7(3).
//!   doi:10.23889/ijpds.v7i3.1794

mod blocking;
mod comparison;
mod model;
mod normalise;
mod part;
mod records;
mod resolve;
mod similarity;
mod splink;

pub use self::blocking::{
    Blocking, BlockingParams, BlockingRule, HotBlock, HotBlocks, Key, PairCounts, PairKind,
    RuleReport,
};
pub use self::comparison::{Comparison, EditDistance, Level, Similarity, TermFrequency, Test};
pub use self::model::{
    ComparisonModel, ComparisonScore, Edge, Families, FellegiSunter, FellegiSunterParams, Lambda,
    LevelOrder, MatchWeight, PairExplanation, ScoredPairs, Scorer, TermFrequencies, TrainingReport,
    TrainingWarning,
};
pub use self::normalise::{
    Address, DateOrder, NormalEmail, PersonName, PhoneRegion, are_nicknames, date_order_of,
    is_generic_email, is_generic_text, is_placeholder_date, nickname_sets, normalise_address,
    normalise_email, normalise_given_name, normalise_phone, normalise_postcode, normalise_surname,
    normalise_text, parse_address, parse_birth_date, parse_full_name, postcode_outward,
};
pub use self::part::{ColumnPart, Part};
use self::records::Values;
pub use self::records::{FieldKind, FieldReport, RecordIx, Records, RecordsBuilder};
pub use self::resolve::{
    Agreement, Alternatives, AlternativesParams, ClusterDiagnosis, ClusterExplanation, Clustering,
    DoubtfulMerge, Expected, Forbidden, LinkQuality, MergeStep, PairVerdict, Resolution,
    ResolveParams, Threshold, Verdict, b_cubed, blocking_recall, pairwise, pairwise_of_links,
};
pub use self::similarity::{
    PreparedTexts, cologne, cosine_tokens, damerau_levenshtein, double_metaphone, haversine_km,
    jaccard_chars, jaccard_qgrams, jaccard_tokens, jaro, jaro_winkler, levenshtein, nysiis, osa,
    soundex,
};
pub use self::splink::SplinkModel;
