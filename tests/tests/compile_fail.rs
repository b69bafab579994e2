//! What the macros refuse, each mistake at its own place, and what they accept.
//!
//! After a deliberate change of a message, `TRYBUILD=overwrite cargo test -p glu-tests --test compile_fail` writes the
//! expectations again; read the difference, the underlined places above all.

#[test]
fn mistakes_are_refused_at_their_own_place_and_the_rest_is_accepted() {
    let cases = trybuild::TestCases::new();
    cases.pass("compile_pass/*.rs");
    cases.compile_fail("compile_fail/*.rs");
}
