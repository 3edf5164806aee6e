//! One target's part of a run: planned before anything is started, then tried, then told.
//!
//! Invariant: nothing is written and nothing started while sessions are planned, so that a mistake in the last target's words costs
//! nothing.

use super::findings::{self, Findings};
use super::known::{KnownArgs, KnownList};
use super::run::{self, Bar};
use super::target::Chosen;
use super::{Failure, Status, course};
use crate::framing::Framing;
use crate::report::{ALL, Found, Tested};
use crate::run::{Lot, Options, Run, Trouble};
use crate::suite::{Case, Listed, Observer};

/// A target with its cases.
pub(super) struct Session {
    pub(super) chosen: Chosen,
    pub(super) observer: Observer,
    pub(super) options: Options,
    /// All cases of the plan.
    planned: usize,
    /// Those that were selected.
    lots: Vec<Lot>,
    framings: Vec<String>,
    list: KnownList,
    pub(super) listed: Listed,
}

/// What came of a session.
pub(super) struct Done {
    session: Session,
    run: Run,
    updated: Option<Listed>,
    findings: Vec<Found>,
    /// Why it was not tried.
    skipped: Option<String>,
    /// Why it could not be built.
    broken: Option<String>,
}

impl Session {
    /// A target with what is planned for it, of which nothing is selected yet.
    pub(super) fn new(
        chosen: Chosen,
        options: Options,
        known: &KnownArgs,
        list: KnownList,
        planned: &[(Framing, Vec<Case>)],
        everything: bool,
    ) -> Result<Self, Failure> {
        let observer = chosen.observer();
        let listed = known.listed(&list, planned.iter().flat_map(|(_, cases)| cases))?;
        let framings = match everything {
            true => vec![ALL.to_owned()],
            false => planned
                .iter()
                .map(|(framing, _)| framing.to_string())
                .collect(),
        };
        Ok(Self {
            chosen,
            observer,
            options,
            planned: planned.iter().map(|(_, cases)| cases.len()).sum(),
            lots: Vec::new(),
            framings,
            list,
            listed,
        })
    }

    /// Selects cases of a framing.
    pub(super) fn add(&mut self, framing: &Framing, cases: Vec<Case>) -> Result<(), Failure> {
        self.lots.push(Lot {
            target: self.chosen.target(framing, self.observer)?,
            observer: self.observer,
            cases,
        });
        Ok(())
    }

    /// Cases of its plan.
    pub(super) fn planned(&self) -> usize {
        self.planned
    }

    /// Cases to be tried.
    pub(super) fn cases(&self) -> usize {
        self.lots.iter().map(|lot| lot.cases.len()).sum()
    }

    /// Builds the target where that is possible, and tries all.
    pub(super) fn run(
        self,
        known: &KnownArgs,
        finding: &Findings,
        more: &[String],
        bar: &Bar,
    ) -> Result<Done, Failure> {
        let setup = &self.chosen.setup;
        let skipped = setup.missing();
        let built = match skipped {
            None => setup.build(),
            Some(_) => Ok(()),
        };
        let mut done = Done {
            run: Run {
                outcomes: Vec::new(),
                planned: 0,
                trouble: None,
            },
            updated: None,
            findings: Vec::new(),
            broken: built.err(),
            skipped,
            session: self,
        };
        if crate::run::interrupt::requested() {
            done.run.trouble = Some(Trouble::Interrupted);
        } else if done.skipped.is_none() && done.broken.is_none() {
            done.try_all(known, finding, more, bar)?;
        }
        Ok(done)
    }
}

impl Done {
    /// Tries the cases of its session, and makes the failures small.
    fn try_all(
        &mut self,
        known: &KnownArgs,
        finding: &Findings,
        more: &[String],
        bar: &Bar,
    ) -> Result<(), Failure> {
        let session = &mut self.session;
        let lots = std::mem::take(&mut session.lots);
        let targets = findings::targets(&lots);
        self.run = crate::run::run(lots, &session.options, bar);
        self.updated = known.updated(&session.list, &session.listed, &self.run)?;
        let listed = self.updated.as_ref().unwrap_or(&session.listed);
        let words = [&session.chosen.words[..], more].concat();
        let options = &session.options;
        self.findings = finding.find(&mut self.run, listed, &targets, options, &words);
        Ok(())
    }

    /// What is known to fail, after an update.
    pub(super) fn known(&self) -> &Listed {
        self.updated.as_ref().unwrap_or(&self.session.listed)
    }

    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// Whether it was left out, since something is missing that it needs.
    pub(super) fn skipped(&self) -> Option<String> {
        let why = self.skipped.as_ref()?;
        Some(format!("{} is skipped: {why}", self.session.chosen.name))
    }

    /// Whether the user wants an end.
    pub(super) fn interrupted(&self) -> bool {
        matches!(self.run.trouble, Some(Trouble::Interrupted))
    }

    /// Whether the run is over: the user wants an end, or the first failure was to be the last, or there is no time left.
    pub(super) fn ends_all(&self) -> bool {
        self.run.trouble.as_ref().is_some_and(course::ends_all)
    }

    /// Why its cases were not all tried.
    pub(super) fn trouble(&self) -> Option<String> {
        let Run {
            outcomes,
            planned,
            trouble,
        } = &self.run;
        // The failure of the last case has ended nothing.
        let trouble = trouble.as_ref();
        let early = outcomes.len() < *planned;
        let trouble = trouble.filter(|trouble| early || !matches!(trouble, Trouble::Failed));
        trouble.map(run::trouble).or_else(|| self.broken.clone())
    }

    /// Why it could not be tried.
    pub(super) fn failure(&self) -> Option<Failure> {
        let why = self.trouble().filter(|_| !self.ends_all())?;
        Some(Failure {
            status: Status::Target,
            why,
        })
    }

    /// For the report; `command` are the words that run it again, without the target's.
    pub(super) fn tested<'a>(&'a self, command: &[String], more: &[String]) -> Tested<'a> {
        let Session {
            chosen,
            observer,
            framings,
            ..
        } = &self.session;
        let observe = ["--observe".to_owned(), observer.to_string()];
        // A failure that the configuration knows is shown in full when it is run again.
        let all = match chosen.known {
            KnownList::None => Vec::new(),
            KnownList::File(_) | KnownList::Inline(_) => vec!["--no-known".to_owned()],
        };
        Tested {
            name: chosen.name.clone(),
            address: chosen.subject.name(),
            framings: framings.clone(),
            observe: observer.to_string(),
            gate: chosen.gate().to_string(),
            about: chosen.about.clone(),
            skipped: self.skipped.clone(),
            trouble: self.trouble(),
            command: [command, &chosen.words, &observe, more, &all].concat(),
            is_campaign: false,
            outcomes: &self.run.outcomes,
            known: self.known(),
            findings: &self.findings,
        }
    }

    /// Writes its list of known failures, where that is wanted.
    pub(super) fn write(&self, known: &KnownArgs) -> Result<(), Failure> {
        let Session { list, listed, .. } = &self.session;
        known.write(list, listed, self.updated.as_ref(), &self.run)
    }
}
