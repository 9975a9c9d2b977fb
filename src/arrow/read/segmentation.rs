//! Tables that `segmentation` takes.
