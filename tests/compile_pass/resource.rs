// Fields of every kind, called as the macro's own code calls things.
#![deny(warnings)]
#![forbid(unsafe_code)]

use glu::prelude::*;

/// What moves.
#[derive(Debug, Clone, Resource)]
#[resource(file = "env/{phase}/{labels.app}.yaml")]
struct App {
    /// Where it is.
    #[resource(digest, at = "(kind=Deployment).spec.containers[name=app].image",
        also(at = "env[name=\"{pipeline}\"].value", part = digest),
        also(at = "version", file = "Chart.yaml", part = tag))]
    pub image: ImageRef,
    #[resource(at = "digest")]
    #[resource(digest)]
    digest: Digest,
    #[resource(label, at = "type", from = annotation("type"))]
    r#type: String,
    #[resource(at = "fields", from = tag)]
    fields: String,
    #[resource(at = "tree", file = "other.yaml", from = repository)]
    tree: String,
    #[resource(at = "scope", from = tagged)]
    scope: glu::prelude::ImageRef,
    #[resource(at = "sentences", from = reference)]
    sentences: String,
}

// Without a source for every field: a resource, but none that a registry can tell.
#[derive(Resource)]
#[resource(file = "app.yaml")]
struct Count {
    #[resource(digest, at = "replicas")]
    replicas: u32,
}

// Names of the standard library that a program may take for itself.
#[allow(dead_code)]
mod shadows {
    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct String;
    pub struct Ok;

    #[derive(super::Resource)]
    #[resource(file = "app.yaml")]
    pub(crate) struct Shadowed {
        #[resource(digest, at = "image")]
        image: super::ImageRef,
    }
}

fn is_from_image<R: FromImage>() {}

fn main() {
    is_from_image::<App>();
    is_from_image::<shadows::Shadowed>();

    const TEXT: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let texts = [
        ("image", format!("registry.example.com/app@{TEXT}")),
        ("digest", TEXT.to_owned()),
        ("type", "web".to_owned()),
        ("fields", "1.4".to_owned()),
        ("tree", "registry.example.com/app".to_owned()),
        ("scope", format!("registry.example.com/app@{TEXT}")),
        ("sentences", "all".to_owned()),
    ];
    let mut fields = Fields::new();
    for (name, text) in texts {
        fields.push(name, text);
    }
    let app = App::from_fields(&fields).expect("every field is there");
    assert_eq!(app.fields(), fields);
    assert_eq!(app.label(), "web");
    let digest = StateDigest::new(TEXT);
    assert_eq!(
        Resource::digest(&app),
        StateDigest::of_parts(&[("image", digest.clone()), ("digest", digest)])
    );

    // The files' own placeholders are filled; a field without a file of its own is in the struct's.
    let scope = Scope {
        pipeline: "checkout".to_owned(),
        phase: "staging".to_owned(),
        labels: [("app".to_owned(), "shop".to_owned())].into(),
    };
    let nothing = std::collections::BTreeMap::<String, Vec<u8>>::new();
    let told = |error: ResourceError| error.to_string();
    let missing = "env/staging/shop.yaml: no such file";
    assert_eq!(App::read(&nothing, &scope).map_err(told).err().as_deref(), Some(missing));
    assert_eq!(app.write(&mut Edit::new(&nothing), &scope).map_err(told), Err(missing.to_owned()));
    // The first place is the one that is read, so only the others can drift.
    assert_eq!(app.drift(&nothing, &scope).map_err(told), Err(missing.to_owned()));

    let count = Count { replicas: 3 };
    assert_eq!(count.drift(&nothing, &scope).map_err(told), Ok(Vec::new()));
    assert_eq!(count.label(), "3");
    assert_eq!(count.state().fields.get("replicas"), Some("3"));
}
