//! Image references and digests as field values.

use super::{Digest, ImageRef};
use crate::binding::Part;
use crate::model::{StateDigest, Value};

impl Value for Digest {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.trim().parse().map_err(|error| format!("{error}"))
    }

    fn digest(&self) -> StateDigest {
        StateDigest::new(self.to_string())
    }

    fn label(&self) -> String {
        Value::digest(self).short().to_owned()
    }
}

impl Value for ImageRef {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.trim().parse().map_err(|error| format!("{error}"))
    }

    /// The image's own digest where it is pinned; otherwise a reference is only as good as its text.
    fn digest(&self) -> StateDigest {
        match &self.digest {
            Some(digest) => Value::digest(digest),
            None => StateDigest::of(self.to_string().as_bytes()),
        }
    }

    fn part(&self, part: Part) -> Option<String> {
        match part {
            Part::Whole => Some(self.to_string()),
            Part::Digest => self.digest.as_ref().map(ToString::to_string),
            Part::Tag => self.tag.clone(),
            Part::Repository => Some(self.repository.clone()),
        }
    }

    fn label(&self) -> String {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => tag.clone(),
            (None, Some(digest)) => digest.label(),
            (None, None) => self.repository.clone(),
        }
    }
}
