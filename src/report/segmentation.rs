//! What sets kinds of customers apart.

use super::{
    draw::{Field, Figure, Grid, Shade, grouped},
    picture::{Picture, nothing},
};
use crate::{
    Result,
    segmentation::{NumericProfile, Profiles, SegmentProfile},
};

impl Picture {
    /// The means of each segment beside those of all customers, in standard deviations.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`](crate::Error::NotEnoughData) without a segment or a numeric feature.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, report::Picture, segmentation::ProfileParams};
    /// let features = Features::from_columns(&[("visits", &[1.0, 2.0, 9.0, 8.0][..])], MissingValues::Refuse)?;
    /// let segment = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let rows = [0, 0, 1, 1].map(|id| Some(SegmentId(id))).to_vec();
    /// let as_of = date_of_day(0).unwrap();
    /// let kinds = Assignments::new("k", as_of, vec![segment(0, "rare"), segment(1, "often")], rows)?;
    /// let profiles = ProfileParams::default().profile(&features, &kinds)?;
    /// let picture = Picture::segment_profiles(&profiles)?;
    /// let (_, rows) = picture.table();
    /// assert_eq!(rows[0][..2], ["rare (2)", "visits"]);
    /// assert!(rows[0][2].starts_with('-') && !rows[1][2].starts_with('-'));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn segment_profiles(profiles: &Profiles) -> Result<Self> {
        let features: Vec<String> = (profiles.population.numeric.iter())
            .map(|numeric| numeric.feature.clone())
            .collect();
        // Segments for those of whom something is missing are empty as a rule.
        let segments: Vec<&SegmentProfile> = (profiles.segments.iter())
            .filter(|segment| segment.customers > 0)
            .collect();
        if features.is_empty() || segments.is_empty() {
            return Err(nothing("segments with numeric features"));
        }
        let field = |profile: Option<&NumericProfile>| {
            let value = profile?.standardised_difference?;
            let sign = if value > 0.0 { "+" } else { "" };
            Some(Field {
                value,
                text: format!("{sign}{}", grouped(value, 2)),
            })
        };
        let fields: Vec<Vec<Option<Field>>> = (segments.iter())
            .map(|segment| {
                features
                    .iter()
                    .map(|feature| field(segment.numeric(feature)))
                    .collect()
            })
            .collect();
        let sizes = fields
            .iter()
            .flatten()
            .flatten()
            .map(|field| field.value.abs());
        let grid = Grid {
            across: "feature".to_owned(),
            up: String::new(),
            rows: (segments.iter())
                .map(|segment| {
                    format!(
                        "{} ({})",
                        segment.name,
                        grouped(segment.customers as f64, 0)
                    )
                })
                .collect(),
            columns: features,
            shade: Shade::Either(sizes.fold(1.0, f64::max)),
            told: "standardised_difference".to_owned(),
            fields,
        };
        Ok(Self::new(
            "segment_profiles",
            "What sets the kinds of customers apart",
            "The mean of each kind less the mean of all customers, in standard deviations: 0 is like \
             everybody, +1 clearly more, −1 clearly less. In brackets: customers."
                .to_owned(),
            Figure::Grid(grid),
        ))
    }
}
