//! Forges, against those who know how they speak.

mod github;
