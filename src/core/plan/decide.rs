//! What will happen to a person, given what the ledger knows.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::record::to_subject_record;
use super::subject_ids::SubjectIds;
use crate::domain::{
    ContentHash, FindingCode, IdentityMarks, KnownPerson, NewPerson, Person, SubjectRecord, SuffixDestination,
};

/// What will happen to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask the vendor to create it. Also when an earlier run asked and got no answer, or was refused: the id is the
    /// same, so asking again creates nobody twice.
    Create,
    /// Ask the vendor again with what was sent before: an earlier run asked and got no answer, and the roster says
    /// something else by now. Under one id only one record is ever on its way.
    CreateAsSent,
    /// Nothing: an earlier run of this ledger put it on the roll, or found it there.
    AlreadyOnRoll {
        /// The roster now says something else about the person than what was sent. It is not sent again.
        changed: bool,
    },
    /// Nothing, until someone decides.
    Hold {
        /// Why.
        code: FindingCode,
    },
}

/// A person under its id, ready for the ledger and the vendor.
#[derive(Clone, Debug)]
pub struct PlannedSubject {
    /// What would be sent.
    pub subject: SubjectRecord,
    /// The hash of it.
    pub content_hash: ContentHash,
    /// Who it is.
    pub identity: IdentityMarks,
    /// What will happen.
    pub action: Action,
}

impl PlannedSubject {
    /// What the ledger writes down before anything is sent.
    pub fn to_ledger(&self) -> NewPerson {
        NewPerson { subject_id: self.subject.id, content: self.content_hash, identity: self.identity }
    }

    /// Decides what will happen in view of what the ledger knows of the id.
    #[must_use]
    pub fn decided(mut self, previous: Option<&KnownPerson>) -> Self {
        if let Some(previous) = previous {
            self.action = self.action_after(previous);
        }
        self
    }

    fn action_after(&self, previous: &KnownPerson) -> Action {
        let sent = previous.state.is_on_roll() || previous.state.may_have_arrived();
        if sent && !previous.identity.agrees_with(&self.identity) {
            // An identifier that was given to somebody else: sending would mix two people up.
            Action::Hold { code: FindingCode::HeldByAnotherPerson }
        } else if previous.state.is_on_roll() {
            Action::AlreadyOnRoll { changed: previous.content != self.content_hash }
        } else if sent && previous.content != self.content_hash {
            Action::CreateAsSent
        } else {
            Action::Create
        }
    }
}

/// A person under its id, to be created; needs no ledger, so that many threads can draft.
pub fn draft_person(person: &Person, ids: &SubjectIds, suffix: SuffixDestination) -> PlannedSubject {
    let mut subject = to_subject_record(&person.patient, Uuid::nil(), suffix);
    let content_hash = ids.content_of(&subject);
    subject.id = ids.id_of(&person.patient);
    PlannedSubject { subject, content_hash, identity: ids.marks_of(&person.patient), action: Action::Create }
}

/// A person under its id, and what will happen to it. `previous` is what the ledger knows of [`SubjectIds::id_of`].
pub fn plan_person(person: &Person, ids: &SubjectIds, previous: Option<&KnownPerson>) -> PlannedSubject {
    draft_person(person, ids, SuffixDestination::default()).decided(previous)
}

/// The ids of one run. A second person under a reserved id must be held: the vendor would refuse that person, or
/// mistake it for the first.
#[derive(Debug, Default)]
pub struct IdsOfRun {
    reserved: BTreeSet<Uuid>,
}

impl IdsOfRun {
    /// Reserves an id for a person; `false` when another person of this run has it.
    pub fn reserve(&mut self, id: Uuid) -> bool {
        self.reserved.insert(id)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretBox;

    use super::*;
    use crate::domain::{CivilDate, Patient, PersonState, Sex, Text};

    fn ids() -> SubjectIds {
        SubjectIds::new(&SecretBox::new(Box::new([7; 32])), Uuid::from_u128(1), BTreeSet::new())
    }

    fn person(first: &str) -> Person {
        let mut patient = Patient {
            subject_id: Some(Uuid::from_u128(5)),
            birth_date: CivilDate::new(1971, 6, 29),
            sex: Some(Sex::Female),
            ..Patient::default()
        };
        patient.name.first = Text::from_text(first);
        patient.name.last = Text::from_text("Jones");
        Person { primary: 0, rows: vec![0], patient, findings: Vec::new(), origins: Vec::new() }
    }

    fn draft(person: &Person) -> PlannedSubject {
        draft_person(person, &ids(), SuffixDestination::default())
    }

    fn known(person: &Person, state: PersonState) -> KnownPerson {
        let draft = draft(person);
        KnownPerson {
            subject_id: draft.subject.id,
            content: draft.content_hash,
            identity: draft.identity,
            state,
            attempts: 1,
            reason: String::new(),
        }
    }

    fn action(person: &Person, previous: &KnownPerson) -> Action {
        plan_person(person, &ids(), Some(previous)).action
    }

    #[test]
    fn a_person_that_nobody_knows_is_created() {
        assert_eq!(plan_person(&person("Marissa"), &ids(), None).action, Action::Create);
    }

    #[test]
    fn a_person_on_the_roll_is_left_alone_and_a_change_is_noticed() {
        let marissa = person("Marissa");
        let mut moved = marissa.clone();
        moved.patient.address.city = Text::from_text("Duluth");
        for state in [PersonState::Created, PersonState::AlreadyOnRoll] {
            assert_eq!(action(&marissa, &known(&marissa, state)), Action::AlreadyOnRoll { changed: false });
            assert_eq!(action(&moved, &known(&marissa, state)), Action::AlreadyOnRoll { changed: true });
        }
    }

    #[test]
    fn an_id_that_now_names_somebody_else_is_held() {
        let (marissa, helen) = (person("Marissa"), person("Helen"));
        for state in [PersonState::Created, PersonState::AlreadyOnRoll, PersonState::Intent, PersonState::Unknown] {
            let hold = Action::Hold { code: FindingCode::HeldByAnotherPerson };
            assert_eq!(action(&helen, &known(&marissa, state)), hold, "{state:?}");
        }
    }

    #[test]
    fn whoever_is_not_on_the_roll_for_certain_is_asked_for_again_under_the_same_id() {
        let marissa = person("Marissa");
        let open = [
            PersonState::Planned,
            PersonState::Intent,
            PersonState::Unknown,
            PersonState::Refused,
            PersonState::Conflict,
        ];
        for state in open {
            assert_eq!(action(&marissa, &known(&marissa, state)), Action::Create, "{state:?}");
        }
    }

    #[test]
    fn whoever_may_be_on_the_roll_and_has_other_data_now_is_asked_for_as_sent() {
        let marissa = person("Marissa");
        let mut moved = marissa.clone();
        moved.patient.address.city = Text::from_text("Duluth");
        for state in [PersonState::Intent, PersonState::Unknown] {
            assert_eq!(action(&moved, &known(&marissa, state)), Action::CreateAsSent, "{state:?}");
        }
        for state in [PersonState::Planned, PersonState::Refused, PersonState::Conflict] {
            assert_eq!(action(&moved, &known(&marissa, state)), Action::Create, "{state:?}");
        }
    }

    #[test]
    fn the_id_is_not_part_of_the_content() {
        let mut other = person("Marissa");
        other.patient.subject_id = Some(Uuid::from_u128(6));
        let (left, right) = (draft(&person("Marissa")), draft(&other));
        assert_ne!(left.subject.id, right.subject.id);
        assert_eq!(left.content_hash, right.content_hash);
        assert_ne!(left.content_hash, draft(&person("Helen")).content_hash);
    }

    #[test]
    fn the_second_person_of_a_run_under_one_id_is_noticed() {
        let mut run = IdsOfRun::default();
        assert!(run.reserve(Uuid::from_u128(1)));
        assert!(run.reserve(Uuid::from_u128(2)));
        assert!(!run.reserve(Uuid::from_u128(1)));
    }
}
