//! Registries, over the distribution specification's HTTP interface. Only reading, and only what a pipeline needs.

mod challenge;
mod client;
mod docker;
mod helper;
mod login;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use ureq::http::Uri;

use self::client::{Client, Method, Request, Response};
pub use self::docker::DockerLocation;
use self::login::Login;
use super::manifest::{self, Descriptor, Document, OCI_INDEX, SIZE_LIMIT};
use super::{Digest, Image, Images, OciError, Selector, referrers_by_tag};
use crate::http::{is_loopback, join, origin};
use crate::image::{is_docker_hub, is_tag};
use crate::settings::OciSettings;

/// How many pages of tags are read.
const PAGE_LIMIT: usize = 1000;
/// How many images are remembered.
const MEMORY: usize = 64;

/// One repository in a registry.
pub(super) struct Registry {
    name: String,
    registry: String,
    repository: String,
    selector: Selector,
    base: Uri,
    client: Client,
    login: Login,
    known: Mutex<BTreeMap<Selector, Image>>,
}

impl Registry {
    pub(super) fn new(
        name: String,
        registry: &str,
        repository: String,
        selector: Selector,
        settings: &OciSettings,
        docker: DockerLocation,
    ) -> Result<Self, OciError> {
        let host = if is_docker_hub(registry) { "registry-1.docker.io" } else { registry };
        let is_plain = settings.insecure_http || (is_loopback(host) && settings.ca_cert_path.is_none());
        let scheme = if is_plain { "http" } else { "https" };
        let base = format!("{scheme}://{host}/").parse::<Uri>().map_err(|error| OciError::Unreachable {
            address: registry.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            login: Login::new(registry, &repository, settings.credential.clone(), docker)?,
            client: Client::new(settings.ca_cert_path.clone()),
            registry: registry.to_owned(),
            known: Mutex::new(BTreeMap::new()),
            name,
            repository,
            selector,
            base,
        })
    }

    fn fetch(&self, selector: &Selector, subject: &str) -> Result<Image, OciError> {
        let path = format!("/v2/{}/manifests/{selector}", self.repository);
        let response = self.send(Method::Get, &path, Some(&Document::accept()), subject)?;
        let descriptor = Descriptor::of(media_type(&response), &response.body);
        if let Selector::Digest(digest) = selector {
            manifest::verify(subject, digest, &response.body)?;
        }
        if let Some(announced) = content_digest(&response, subject)? {
            manifest::verify(subject, &announced, &response.body)?;
        }
        let document = Document::parse(subject, &descriptor.media_type, &response.body)?;
        let tag = match selector {
            Selector::Tag(tag) => Some(tag.clone()),
            Selector::Digest(_) => None,
        };
        Ok(Image::new(self.name.clone(), tag, descriptor, document))
    }

    /// Whether a tag still points at the image that was read before. Asking costs no manifest, which Docker Hub counts.
    fn is_current(&self, path: &str, image: &Image, subject: &str) -> Result<bool, OciError> {
        match self.send(Method::Head, path, Some(&Document::accept()), subject) {
            Ok(response) => Ok(content_digest(&response, subject)?.as_ref() == Some(&image.digest)),
            // A registry need not know HEAD.
            Err(OciError::Status { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends a request, signs in once if the registry wants it, and refuses every answer but success.
    fn send(
        &self,
        method: Method,
        path_and_query: &str,
        accept: Option<&str>,
        subject: &str,
    ) -> Result<Response, OciError> {
        let uri = join(&self.base, path_and_query).ok_or_else(|| OciError::Unreachable {
            address: self.registry.clone(),
            reason: "its address cannot be put together".to_owned(),
        })?;
        let request = Request {
            method,
            uri,
            accept,
            authorization: self.login.current(),
            form: None,
            limit: SIZE_LIMIT,
        };
        let response = self.client.send(&request, subject)?;
        // Another host's challenge, after a redirect, is none of our registry's business.
        if response.status != 401 || origin(&response.uri) != origin(&self.base) {
            return self.judge(response, subject);
        }
        match self.login.answer(&self.client, &self.base, &response, subject)? {
            Some(authorization) => {
                let request = Request { authorization: Some(authorization), ..request };
                self.judge(self.client.send(&request, subject)?, subject)
            }
            None => Err(self.unauthorized(subject)),
        }
    }

    fn judge(&self, response: Response, subject: &str) -> Result<Response, OciError> {
        match response.status {
            200..=299 => Ok(response),
            401 => Err(self.unauthorized(subject)),
            403 => Err(OciError::Forbidden {
                reference: subject.to_owned(),
                tried: self.login.describe(),
                reason: response.complaint(),
            }),
            404 => Err(OciError::NotFound { reference: subject.to_owned(), known: Vec::new() }),
            429 => Err(OciError::RateLimited {
                registry: self.registry.clone(),
                retry_after: response.retry_after(),
            }),
            _ => Err(response.unexpected()),
        }
    }

    fn unauthorized(&self, subject: &str) -> OciError {
        OciError::Unauthorized {
            reference: subject.to_owned(),
            registry: self.registry.clone(),
            tried: self.login.describe(),
        }
    }
}

impl Images for Registry {
    fn selector(&self) -> &Selector {
        &self.selector
    }

    fn resolve(&self, selector: &Selector) -> Result<Image, OciError> {
        selector.check()?;
        let subject = selector.after(&self.name);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(selector).cloned();
        if let Some(image) = known {
            let path = format!("/v2/{}/manifests/{selector}", self.repository);
            if matches!(selector, Selector::Digest(_)) || self.is_current(&path, &image, &subject)? {
                return Ok(image);
            }
        }
        let image = self.fetch(selector, &subject)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MEMORY {
            known.clear();
        }
        known.insert(selector.clone(), image.clone());
        Ok(image)
    }

    /// What cannot be a tag is left out: it could not be asked for either.
    fn tags(&self) -> Result<Vec<String>, OciError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut tags = BTreeSet::new();
        let mut path = format!("/v2/{}/tags/list?n=1000", self.repository);
        for _ in 0..PAGE_LIMIT {
            let response = self.send(Method::Get, &path, None, &self.name)?;
            let page: Page = serde_json::from_slice(&response.body)
                .map_err(|error| OciError::malformed(&format!("tags of {}", self.name), error))?;
            tags.extend(page.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(tag)));
            match next_page(&response) {
                Some(next) if next != path => path = next,
                Some(_) => {
                    return Err(OciError::malformed(&self.name, "its pages of tags go round in circles"));
                }
                None => return Ok(tags.into_iter().collect()),
            }
        }
        Err(OciError::malformed(&self.name, format!("its tags fill more than {PAGE_LIMIT} pages")))
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError> {
        let subject = format!("{}@{}", self.name, descriptor.digest);
        if descriptor.size > SIZE_LIMIT {
            return Err(OciError::TooLarge { subject, limit: SIZE_LIMIT });
        }
        let path = format!("/v2/{}/blobs/{}", self.repository, descriptor.digest);
        let response = self.send(Method::Get, &path, None, &subject)?;
        descriptor.verify(&subject, &response.body)?;
        Ok(response.body)
    }

    fn referrers(&self, digest: &Digest) -> Result<Vec<Descriptor>, OciError> {
        let selector = Selector::Digest(digest.clone());
        selector.check()?;
        let subject = format!("referrers of {}", selector.after(&self.name));
        let mut found = Vec::new();
        let mut path = format!("/v2/{}/referrers/{digest}", self.repository);
        for _ in 0..PAGE_LIMIT {
            let response = match self.send(Method::Get, &path, Some(OCI_INDEX), &subject) {
                Ok(response) => response,
                // A registry from before the specification's version 1.1 does not know the question.
                Err(OciError::NotFound { .. } | OciError::Status { status: 400 | 405, .. }) => {
                    return referrers_by_tag(self, digest);
                }
                Err(error) => return Err(error),
            };
            let Document::Index(index) = Document::parse(&subject, OCI_INDEX, &response.body)? else {
                return Err(OciError::malformed(&subject, "it is no index"));
            };
            found.extend(index.manifests);
            match next_page(&response) {
                Some(next) if next != path => path = next,
                _ => return Ok(found),
            }
        }
        Err(OciError::malformed(&subject, format!("they fill more than {PAGE_LIMIT} pages")))
    }
}

fn media_type(response: &Response) -> &str {
    response.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim()
}

fn content_digest(response: &Response, subject: &str) -> Result<Option<Digest>, OciError> {
    match response.header("docker-content-digest") {
        Some(digest) => digest.parse().map(Some).map_err(|error| OciError::malformed(subject, error)),
        None => Ok(None),
    }
}

/// Path and query of the next page (RFC 8288). Whatever host the link names, pages come from the registry itself: registries
/// behind proxies name themselves wrongly, and a login must not travel.
fn next_page(response: &Response) -> Option<String> {
    let target = response.header("link")?.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim().to_ascii_lowercase();
            parameter.strip_prefix("rel=").is_some_and(|relation| relation.trim_matches('"') == "next")
        });
        is_next.then_some(target)
    })?;
    let next = join(&response.uri, target)?;
    Some(next.path_and_query()?.as_str().to_owned())
}
