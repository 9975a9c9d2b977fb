//! One form for what people write in many.
