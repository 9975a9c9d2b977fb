//! Work that is compiled for several sets of instructions, of which the best is taken at run time.

use pulp::{Arch, Simd, WithSimd};

/// Runs `work` with the instructions of `arch`.
///
/// Only what is inlined into the call is compiled for them: `work` must be marked
/// `#[inline(always)]`, as must what it calls. As an `FnOnce` it would be called through a shim
/// that no mark reaches, and would often be compiled for the plainest machine; hence `FnMut`.
pub(crate) fn dispatch<R>(arch: Arch, work: impl FnMut() -> R) -> R {
    arch.dispatch(Work(work))
}

struct Work<F>(F);

impl<R, F: FnMut() -> R> WithSimd for Work<F> {
    type Output = R;

    #[expect(clippy::inline_always, reason = "it is what is to be compiled")]
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> R {
        (self.0)()
    }
}
