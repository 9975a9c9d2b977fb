//! Distances on the globe.

/// Mean radius of the earth, in kilometres (Moritz 2000,
/// doi:10.1007/s001900050278).
const RADIUS_KM: f64 = 6371.0088;

/// The distance in kilometres between two places, each a latitude and a
/// longitude in degrees, along the great circle of a round earth: within 0.6 %
/// of the truth.
///
/// NaN if a coordinate is not a number; latitudes beyond 90 degrees are not
/// refused.
///
/// # Example
///
/// ```
/// use custometry::identity::haversine_km;
/// let (london, paris) = ((51.5074, -0.1278), (48.8566, 2.3522));
/// assert!((haversine_km(london, paris) - 343.6).abs() < 0.1);
/// assert_eq!(haversine_km(paris, paris), 0.0);
/// ```
///
/// # Reference
///
/// Sinnott (1984), "Virtues of the haversine", Sky and Telescope 68.
pub fn haversine_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half_sine = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin();
    let north = half_sine(a.0, b.0);
    let east = half_sine(a.1, b.1);
    let parallels = a.0.to_radians().cos() * b.0.to_radians().cos();
    let squared = north * north + parallels * (east * east);
    // Rounding may pass 1 between opposite places, where the arc sine ends.
    // Not `min`, which would turn NaN into 1.
    let squared = if squared > 1.0 { 1.0 } else { squared };
    2.0 * RADIUS_KM * squared.sqrt().asin()
}
