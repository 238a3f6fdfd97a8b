//! Invents people in households: those whom matching takes for one another share a name, an address or a telephone, and
//! they do so because they live together.

use super::draws::{DrawSource, Draws};
use super::person::{Home, Person, PersonMaker, date_in, death, phone};
use super::rare_names::NameStock;
use crate::domain::Sex;

/// People of a neighbourhood: it is divided into whole households, so that anyone can be found by number alone.
const NEIGHBOURS: u64 = 12;
/// The year in which everybody has the age that was drawn.
const YEAR: u32 = 2025;

/// Shares of people or households. Set by judgement in the neighbourhood of US Census figures (2020), twins and
/// namesakes more frequent than they are, because they are what is measured.
mod share {
    pub(super) const TWIN: f64 = 0.06;
    pub(super) const SAME_SEX_TWIN: f64 = 0.65;
    pub(super) const NAMESAKE: f64 = 0.08;
    pub(super) const SENIOR: f64 = 0.5;
    pub(super) const HUSBANDS_NAME: f64 = 0.8;
    pub(super) const MIDDLE_NAME: f64 = 0.75;
    pub(super) const MOVED: f64 = 0.3;
    pub(super) const SHARED_PHONE: f64 = 0.4;
    pub(super) const EMAIL: f64 = 0.6;
    pub(super) const SHARED_EMAIL: f64 = 0.2;
}

/// Adults by five years of age from 20, per thousand adults: the shape of the 2020 Census, rounded.
const ADULTS: [u32; 15] = [88, 90, 90, 86, 80, 79, 81, 84, 82, 70, 57, 41, 26, 20, 26];

/// A person, and what only registration offices know.
#[derive(Clone, Copy)]
pub(super) struct Resident<'a> {
    pub(super) person: Person<'a>,
    /// What a newborn is called before it has a name; empty for everybody else.
    pub(super) newborn: &'static str,
    /// Whose name the email address bears: a child may use a parent's.
    pub(super) mailbox: Mailbox<'a>,
}

/// What an email address is made from.
#[derive(Clone, Copy)]
pub(super) struct Mailbox<'a> {
    pub(super) given: &'a str,
    pub(super) last: &'a str,
    pub(super) number: u64,
}

/// How the people of a household belong together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Alone,
    Couple,
    Family,
    SingleParent,
    Sharers,
}

/// Makes residents by number; remembers the household it made last, because rosters ask for one after the other.
pub(super) struct HouseholdMaker<'a> {
    maker: PersonMaker<'a>,
    names: &'a NameStock<'a>,
    first: u64,
    residents: Vec<Resident<'a>>,
}

impl<'a> HouseholdMaker<'a> {
    /// A maker that has made nobody.
    pub(super) fn new(maker: PersonMaker<'a>, names: &'a NameStock<'a>) -> Self {
        Self { maker, names, first: 0, residents: Vec::new() }
    }

    /// The resident with this number.
    pub(super) fn resident(&mut self, index: u64) -> Option<Resident<'a>> {
        let known = index.checked_sub(self.first).and_then(|offset| self.residents.get(usize::try_from(offset).ok()?));
        if let Some(resident) = known {
            return Some(*resident);
        }
        let (shape, first, size) = household_of(self.maker.source, index);
        self.residents = self.household(shape, first, size)?;
        self.first = first;
        self.residents.get(usize::try_from(index - first).ok()?).copied()
    }

    fn household(&self, shape: Shape, first: u64, size: u64) -> Option<Vec<Resident<'a>>> {
        let mut draws = self.maker.source.person(first);
        let head = self.head(first, shape, &mut draws)?;
        let landline = head.phone;
        let mut residents = vec![resident(&head)];
        for index in first + 1..first + size {
            let member = match (shape, residents.len()) {
                (Shape::Sharers, _) => self.sharer(index, &head, &mut draws)?,
                (Shape::Couple | Shape::Family, 1) => self.spouse(index, &head, &mut draws)?,
                (Shape::Alone | Shape::Couple | Shape::Family | Shape::SingleParent, _) => {
                    let parents = if shape == Shape::SingleParent { 1 } else { 2 };
                    self.child(index, &mut residents, parents, &mut draws)?
                }
            };
            let mut member = resident(&member);
            if shape != Shape::Sharers && draws.chance(share::SHARED_PHONE) {
                member.person.phone = landline;
            }
            if shape != Shape::Sharers && draws.chance(share::SHARED_EMAIL) {
                member.mailbox = resident(&head).mailbox;
            }
            residents.push(member);
        }
        name_newborns(&mut residents);
        Some(residents)
    }

    fn head(&self, index: u64, shape: Shape, draws: &mut Draws) -> Option<Person<'a>> {
        let home = self.maker.home(draws)?;
        let sex = if draws.chance(0.5) { Sex::Female } else { Sex::Male };
        // Most who live with their children are of the age of parents; the others live with grown children.
        let parent = matches!(shape, Shape::Family | Shape::SingleParent) && draws.chance(0.85);
        let age = if parent { 24 + draws.below(28) } else { adult_age(draws) };
        let last = self.names.surname(draws)?;
        self.someone(index, (sex, age, last), home, draws)
    }

    fn someone(
        &self,
        index: u64,
        (sex, age, last): (Sex, u32, &'a str),
        home: Home<'a>,
        draws: &mut Draws,
    ) -> Option<Person<'a>> {
        let female = sex == Sex::Female;
        let birth = date_in(YEAR - age.min(100), draws);
        Some(Person {
            index,
            given: self.names.given(female, draws)?,
            middle: if draws.chance(share::MIDDLE_NAME) { self.names.given(female, draws)? } else { "" },
            last,
            suffix: "",
            maiden: "",
            birth,
            death: death(birth, draws),
            sex,
            home,
            prior: if draws.chance(share::MOVED) { self.maker.home(draws) } else { None },
            phone: phone(home.place, draws),
            has_email: age > 12 && draws.chance(share::EMAIL),
            facility: draws.below(1 << 16),
        })
    }

    fn spouse(&self, index: u64, head: &Person<'a>, draws: &mut Draws) -> Option<Person<'a>> {
        let sex = if head.sex == Sex::Female { Sex::Male } else { Sex::Female };
        let age = (age_of(head) + draws.below(9)).saturating_sub(4).max(18);
        let own = self.names.surname(draws)?;
        let mut spouse = self.someone(index, (sex, age, own), head.home, draws)?;
        if draws.chance(share::HUSBANDS_NAME) {
            spouse.last = head.last;
            spouse.maiden = if sex == Sex::Female { own } else { "" };
        }
        // People who moved together lived together before; those who met later did not.
        if draws.chance(0.5) {
            spouse.prior = head.prior;
        }
        Some(spouse)
    }

    fn sharer(&self, index: u64, head: &Person<'a>, draws: &mut Draws) -> Option<Person<'a>> {
        let sex = if draws.chance(0.5) { Sex::Female } else { Sex::Male };
        let (age, last) = (adult_age(draws), self.names.surname(draws)?);
        self.someone(index, (sex, age, last), head.home, draws)
    }

    /// A child of the first resident, who may be the twin of the child before, or bear the father's name.
    fn child(
        &self,
        index: u64,
        residents: &mut [Resident<'a>],
        parents: usize,
        draws: &mut Draws,
    ) -> Option<Person<'a>> {
        let head = residents.first()?.person;
        let sex = if draws.chance(0.49) { Sex::Female } else { Sex::Male };
        let parents_age = age_of(&head).max(18);
        let age = parents_age - 18 - draws.below(parents_age.min(43) - 17);
        let mut child = self.someone(index, (sex, age, head.last), head.home, draws)?;
        child.prior = if age < 25 { head.prior } else { child.prior };
        if age < 14 {
            child.phone = head.phone;
        }
        let elder = residents.last().filter(|_| residents.len() > parents).map(|resident| resident.person);
        if let Some(elder) = elder.filter(|_| draws.chance(share::TWIN)) {
            child.birth = elder.birth;
            child.death = None;
            if draws.chance(share::SAME_SEX_TWIN) {
                child.sex = elder.sex;
            }
            child.given = self.names.given(child.sex == Sex::Female, draws)?;
            child.phone = elder.phone;
        } else if sex == Sex::Male && residents.len() == parents && draws.chance(share::NAMESAKE) {
            name_after_father(&mut child, residents, parents, draws);
        }
        // Brothers and sisters of one given name would be one person to everybody.
        for _ in 0..8 {
            let is_namesake =
                child.suffix.is_empty() && residents.iter().any(|other| other.person.given == child.given);
            if !is_namesake {
                break;
            }
            child.given = self.names.given(child.sex == Sex::Female, draws)?;
        }
        Some(child)
    }
}

fn name_after_father<'a>(child: &mut Person<'a>, residents: &mut [Resident<'a>], parents: usize, draws: &mut Draws) {
    let father = residents.iter_mut().take(parents).find(|resident| resident.person.sex == Sex::Male);
    if let Some(father) = father.filter(|father| father.person.last == child.last) {
        (child.given, child.middle, child.suffix) = (father.person.given, father.person.middle, "Jr.");
        father.person.suffix = if draws.chance(share::SENIOR) { "Sr." } else { "" };
    }
}

/// The household of a person: its shape, the number of its first member, and how many they are.
fn household_of(source: &DrawSource, index: u64) -> (Shape, u64, u64) {
    let neighbourhood = index / NEIGHBOURS;
    let mut draws = source.neighbourhood(neighbourhood);
    let (mut first, end) = (neighbourhood * NEIGHBOURS, (neighbourhood + 1) * NEIGHBOURS);
    loop {
        let (shape, size) = match draws.below(100) {
            0..28 => (Shape::Alone, 1),
            28..56 => (Shape::Couple, 2),
            56..84 => (Shape::Family, 3 + u64::from(draws.below(3))),
            84..93 => (Shape::SingleParent, 2 + u64::from(draws.below(2))),
            _ => (Shape::Sharers, 2 + u64::from(draws.below(3))),
        };
        let size = size.min(end - first);
        if index < first + size {
            return (shape, first, size);
        }
        first += size;
    }
}

fn adult_age(draws: &mut Draws) -> u32 {
    let mut ticket = draws.below(ADULTS.iter().sum());
    let mut age = 20;
    for share in ADULTS {
        if ticket < share {
            break;
        }
        ticket -= share;
        age += 5;
    }
    age + draws.below(5)
}

fn age_of(person: &Person<'_>) -> u32 {
    person.birth.map_or(30, |birth| YEAR - birth.year())
}

fn resident<'a>(person: &Person<'a>) -> Resident<'a> {
    let mailbox = Mailbox { given: person.given, last: person.last, number: person.index };
    Resident { person: *person, newborn: "", mailbox }
}

/// Children of the year have no name yet; twins among them are distinguished by letter, as wards do.
fn name_newborns(residents: &mut [Resident<'_>]) {
    let newborns = residents.iter_mut().filter(|resident| age_of(&resident.person) == 0);
    for (resident, order) in newborns.zip(0_usize..) {
        let names = match resident.person.sex {
            Sex::Female => ["Baby Girl", "Baby Girl B", "Baby Girl C"],
            Sex::Male => ["Baby Boy", "Baby Boy B", "Baby Boy C"],
        };
        resident.newborn = names.get(order).copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::Tables;
    use super::*;

    fn with_residents(count: u64, look: impl FnOnce(&[Resident<'_>])) {
        let (tables, source) = (Tables::embedded().expect("the embedded tables"), DrawSource::new(3));
        let names = NameStock::new(&tables, &source);
        let mut maker = HouseholdMaker::new(PersonMaker { tables: &tables, source: &source }, &names);
        let residents: Vec<_> = (0..count).map(|index| maker.resident(index).expect("tables are not empty")).collect();
        look(&residents);
        for index in (0..count.min(600)).rev() {
            let again = maker.resident(index).expect("tables are not empty").person;
            let first = residents[usize::try_from(index).expect("small")].person;
            assert_eq!((again.given, again.last, again.birth), (first.given, first.last, first.birth), "{index}");
        }
    }

    fn at_one_address<'a, 'b>(residents: &'b [Resident<'a>]) -> impl Iterator<Item = (Person<'a>, Person<'a>)> + 'b {
        residents.windows(2).filter_map(|pair| match pair {
            [left, right] if std::ptr::eq(left.person.home.place, right.person.home.place) => {
                let same = left.person.home.number == right.person.home.number;
                same.then_some((left.person, right.person))
            }
            _ => None,
        })
    }

    #[test]
    fn a_resident_is_the_same_whoever_was_asked_for_before() {
        with_residents(2_000, |residents| assert_eq!(residents.len(), 2_000));
    }

    #[test]
    fn there_are_spouses_twins_and_fathers_with_sons_of_their_name() {
        with_residents(30_000, |residents| {
            let (mut spouses, mut twins, mut namesakes, mut strangers) = (0, 0, 0, 0);
            for (left, right) in at_one_address(residents) {
                spouses += u32::from(left.last == right.last && left.sex != right.sex && age_of(&right) > 20);
                strangers += u32::from(left.last != right.last && right.maiden.is_empty());
                if left.birth == right.birth && left.last == right.last {
                    twins += 1;
                    assert_ne!(left.given, right.given);
                }
            }
            for resident in residents.iter().filter(|resident| resident.person.suffix == "Jr.") {
                namesakes += u32::from(resident.person.sex == Sex::Male);
            }
            assert!(spouses > 2_000 && strangers > 500, "{spouses} spouses, {strangers} strangers");
            assert!(twins > 80 && namesakes > 80, "{twins} twins, {namesakes} namesakes");
        });
    }

    #[test]
    fn households_share_telephones_and_newborns_have_no_name_yet() {
        with_residents(30_000, |residents| {
            let shared = at_one_address(residents)
                .filter(|(left, right)| (left.phone.area, left.phone.line) == (right.phone.area, right.phone.line));
            assert!(shared.count() > 3_000);
            let newborns = residents.iter().filter(|resident| !resident.newborn.is_empty()).count();
            assert!((50..1_500).contains(&newborns), "{newborns}");
        });
    }

    #[test]
    fn ages_are_those_of_a_population() {
        with_residents(30_000, |residents| {
            let share = |from: u32, to: u32| {
                residents.iter().filter(|resident| (from..to).contains(&age_of(&resident.person))).count() * 100
                    / residents.len()
            };
            assert!((15..35).contains(&share(0, 18)), "{} % children", share(0, 18));
            assert!((10..25).contains(&share(65, 101)), "{} % of 65 and more", share(65, 101));
        });
    }
}
