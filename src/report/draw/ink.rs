//! Colours that those who see fewer of them tell apart too, also in grey print.

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Ink(pub(super) u8, pub(super) u8, pub(super) u8);

/// Text and axes.
pub(super) const BLACK: Ink = Ink(0x22, 0x22, 0x22);
pub(super) const WHITE: Ink = Ink(0xff, 0xff, 0xff);
/// What is said in passing.
pub(in crate::report) const GREY: Ink = Ink(0x59, 0x59, 0x59);
/// Lines behind the figure.
pub(super) const FAINT: Ink = Ink(0xdd, 0xdd, 0xdd);
pub(in crate::report) const BLUE: Ink = Ink(0x00, 0x72, 0xb2);
pub(in crate::report) const ORANGE: Ink = Ink(0xe6, 0x9f, 0x00);
pub(in crate::report) const VERMILION: Ink = Ink(0xd5, 0x5e, 0x00);

/// Colours of kinds (Okabe and Ito 2008, Color Universal Design), in an order in which neighbours differ
/// in lightness as well. Yellow is left out: on white it is not seen.
const KINDS: [Ink; 7] = [
    BLUE,
    ORANGE,
    Ink(0x00, 0x9e, 0x73),
    VERMILION,
    Ink(0x56, 0xb4, 0xe9),
    Ink(0xcc, 0x79, 0xa7),
    BLACK,
];

/// The colour of a kind; of more kinds than there are colours they come round again.
pub(in crate::report) fn kind(at: usize) -> Ink {
    KINDS[at % KINDS.len()]
}

fn between(from: Ink, to: Ink, share: f64) -> Ink {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between two bytes"
    )]
    let mix = |from: u8, to: u8| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
    };
    Ink(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// From 0, almost white, to 1, dark: the lightness alone says how much.
pub(super) fn more(share: f64) -> Ink {
    const STEPS: [Ink; 3] = [
        Ink(0xf2, 0xf6, 0xfb),
        Ink(0x6b, 0xae, 0xd6),
        Ink(0x08, 0x30, 0x6b),
    ];
    if share < 0.5 {
        between(STEPS[0], STEPS[1], share * 2.0)
    } else {
        between(STEPS[1], STEPS[2], share * 2.0 - 1.0)
    }
}

/// From -1, orange, over 0, white, to 1, blue.
pub(super) fn either(part: f64) -> Ink {
    const LESS: Ink = Ink(0xb3, 0x58, 0x06);
    const MORE: Ink = Ink(0x05, 0x4a, 0x8c);
    between(WHITE, if part < 0.0 { LESS } else { MORE }, part.abs())
}

/// The ink that is read on another.
pub(super) fn on(ground: Ink) -> Ink {
    let light =
        0.299 * f64::from(ground.0) + 0.587 * f64::from(ground.1) + 0.114 * f64::from(ground.2);
    if light > 140.0 { BLACK } else { WHITE }
}
