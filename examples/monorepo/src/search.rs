//! A resource written by hand, for a file that is neither YAML, JSON nor TOML.

use glu::prelude::*;

/// The search service: its image stands in a line `IMAGE=...` of a file that a shell script reads.
pub struct Search {
    image: ImageRef,
}

impl Search {
    fn file(scope: &Scope) -> String {
        format!("legacy/{}/{}.env", scope.pipeline, scope.phase)
    }
}

impl Resource for Search {
    fn fields(&self) -> Fields {
        Fields::new().with("image", &self.image)
    }

    fn from_fields(fields: &Fields) -> Result<Self, ResourceError> {
        Ok(Self { image: fields.parse("image")? })
    }

    fn digest(&self) -> StateDigest {
        Value::digest(&self.image)
    }

    fn read(tree: &dyn Tree, scope: &Scope) -> Result<Self, ResourceError> {
        let file = Self::file(scope);
        let text = text(tree.file(&file)?, &file)?;
        let image = text.lines().find_map(image).ok_or_else(|| no_line(&file))?;
        Ok(Self { image: Value::from_text(image).map_err(|reason| ResourceError::field("image", reason))? })
    }

    fn write(&self, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError> {
        let file = Self::file(scope);
        let text = text(edit.file(&file)?, &file)?;
        let old = text.lines().find_map(image).ok_or_else(|| no_line(&file))?;
        let new = text.replacen(&format!("IMAGE={old}"), &format!("IMAGE={}", self.image.to_text()), 1);
        edit.write(&file, new.into_bytes());
        Ok(())
    }
}

impl FromImage for Search {
    fn from_image(image: &Image) -> Result<Self, ResourceError> {
        Ok(Self { image: image.reference() })
    }
}

fn image(line: &str) -> Option<&str> {
    line.strip_prefix("IMAGE=")
}

fn text(bytes: Option<Vec<u8>>, file: &str) -> Result<String, ResourceError> {
    let bytes = bytes.ok_or_else(|| ResourceError::NoFile { file: file.to_owned() })?;
    String::from_utf8(bytes).map_err(|_| ResourceError::Other(format!("{file}: not UTF-8")))
}

fn no_line(file: &str) -> ResourceError {
    ResourceError::Other(format!("{file}: no line `IMAGE=...`"))
}
