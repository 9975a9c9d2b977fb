//! Overviews against the rooms.
