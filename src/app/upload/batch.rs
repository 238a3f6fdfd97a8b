//! The body of a create request. It cannot ask for network queries: there is no value of its types that says so.

use serde::{Serialize, Serializer};

use onroll_core::domain::SubjectRecord;

/// Most subjects in one request; the vendor's limit.
pub const MAX_BATCH: usize = 10;

/// Between 1 and [`MAX_BATCH`] subjects.
#[derive(Clone, Debug)]
pub struct Batch(Vec<SubjectRecord>);

impl Batch {
    /// A batch, or `None` when there are none or too many.
    pub fn new(subjects: Vec<SubjectRecord>) -> Option<Self> {
        (1..=MAX_BATCH).contains(&subjects.len()).then_some(Self(subjects))
    }

    /// The subjects, in the order in which they are sent.
    pub fn subjects(&self) -> &[SubjectRecord] {
        &self.0
    }

    /// The body that creates them.
    pub fn body(&self) -> CreateBatchBody<'_> {
        CreateBatchBody { subjects: &self.0, options: CreateOptions { queries: NeverInitiateQueries } }
    }
}

/// What is sent: subjects, and the option that keeps the vendor from querying the exchange networks for each of them.
#[derive(Serialize)]
pub struct CreateBatchBody<'a> {
    subjects: &'a [SubjectRecord],
    options: CreateOptions,
}

#[derive(Serialize)]
struct CreateOptions {
    #[serde(rename = "initiateEhrQueries")]
    queries: NeverInitiateQueries,
}

/// Always `false` on the wire. Left out, the vendor takes it for true and sends a live query for every subject, which
/// cannot be recalled.
struct NeverInitiateQueries;

impl Serialize for NeverInitiateQueries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::testing::subject;

    #[test]
    fn the_bytes_of_a_create_request_are_exactly_these() {
        let batch = Batch::new(vec![subject(1), subject(2)]).expect("two subjects");
        let bytes = serde_json::to_string(&batch.body()).expect("json");
        assert_eq!(
            bytes,
            r#"{"subjects":[{"id":"00000000-0000-0000-0000-000000000001","firstName":"First1","lastName":"Last1","birthDate":"1971-06-29","gender":"F"},{"id":"00000000-0000-0000-0000-000000000002","firstName":"First2","lastName":"Last2","birthDate":"1971-06-29","gender":"F"}],"options":{"initiateEhrQueries":false}}"#
        );
    }

    #[test]
    fn a_batch_has_one_to_ten_subjects() {
        let of = |count: u128| Batch::new((1..=count).map(subject).collect()).is_some();
        assert_eq!([0, 1, 10, 11].map(of), [false, true, true, false]);
    }
}
