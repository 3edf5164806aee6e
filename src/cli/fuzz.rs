//! `framecheck fuzz`: generated and changed cases against a target, what is found kept as vectors.

use std::path::PathBuf;
use std::time::Duration;

use super::course::within;
use super::findings::{Findings, budget};
use super::run::{FRAMING_NEEDED, jobs, paint, processors, seed, trouble, vectors, wrong_observer};
use super::target::{Chosen, TargetArgs, flag, time};
use super::watch::{Kept, Screen};
use super::{Ended, Failure, Status, framing, reports};
use crate::framing::Framing;
use crate::report::{Document, Found, FuzzReport, Report, Saved, Sighted, Tested, fuzz_text};
use crate::run::{
    Corpus, Course, Deadline, Fuzz, Fuzzed, Minimized, Options, Spotted, Target, Trouble, fuzz,
    interrupt,
};
use crate::suite::{Campaign, Case, Listed, Outcome, Plan, Shard, Tier};

/// Finds framing defects that no vector names: streams are generated, and changed ones tried again, under all kinds of cuts and ends, and
/// what comes of each is compared with the reference decoder. The same seed tries the same.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// What the target speaks, such as netstring or 'prefixed:u32be,max=64KiB'
    #[arg(long, value_name = "TEXT")]
    framing: Option<String>,
    /// How long: 60s, 10m, 8h [default: 60s, where --runs does not say how many]
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// How many cases at most
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = runs)]
    runs: Option<u64>,
    /// What all cases are made from
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    seed: u64,
    /// Only the K-th of N parts of the campaign with this seed: each has cases that no other has
    #[arg(long, value_name = "K/N", allow_hyphen_values = true)]
    shard: Option<Shard>,
    /// Worker threads, each with a target of its own where we start it [default: one for each processor]
    #[arg(long, short, value_name = "N", allow_negative_numbers = true, value_parser = jobs)]
    jobs: Option<usize>,
    /// Begin with the cases in this folder, vectors or raw bytes, and keep there what exercises something new; of several folders in the first
    #[arg(long, value_name = "DIR")]
    corpus: Vec<PathBuf>,
    /// Generate nothing: run the corpus, keep in its first folder the smallest cases that exercise all that all folders do, and remove its others
    #[arg(long, requires = "corpus", conflicts_with_all = ["runs", "shard"])]
    minimize: bool,
    /// Begin without the recorded vectors
    #[arg(long)]
    no_vectors: bool,
    /// Begin with the vectors of this folder, in place of the built-in ones
    #[arg(long, value_name = "DIR", conflicts_with = "no_vectors")]
    vectors: Option<PathBuf>,
    /// Where findings are saved, each as a vector for `framecheck replay`
    #[arg(long, value_name = "DIR", default_value = "findings")]
    findings: PathBuf,
    /// Findings that are in that folder already are told, and fail nothing: only a new one makes the exit status 1
    #[arg(long)]
    only_new: bool,
    /// How long each finding may be made smaller; 0s: not at all
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = budget)]
    shrink: Duration,
    /// End at the first finding
    #[arg(long)]
    fail_fast: bool,
    #[command(flatten)]
    reports: reports::ReportArgs,
}

/// How long where nothing is said: what a pull request can wait for.
const TIME: Duration = Duration::from_secs(60);

fn runs(text: &str) -> Result<u64, String> {
    let runs = text.parse().ok().filter(|&runs| runs > 0);
    runs.ok_or_else(|| "runs are a whole number, at least 1".to_owned())
}

pub(super) fn fuzz_command(args: &Args) -> Ended {
    let chosen = args.target.one()?;
    let framing = args.spoken(&chosen)?;
    let options = args.options(&chosen)?;
    let target = chosen.target(&framing, chosen.observer())?;
    args.reports.check()?;
    let corpus = Corpus::read(&args.corpus, &framing);
    let campaign = args.campaign(&framing, &options, &target, corpus.as_ref())?;
    interrupt::install().map_err(|error| Failure::usage(format!("signals: {error}")))?;
    built(&chosen)?;
    let session = Session {
        args,
        chosen: &chosen,
        framing: &framing,
        target: &target,
        corpus: corpus.as_ref(),
    };
    session.run(campaign, options)
}

/// Builds the target, where that is what it takes.
fn built(chosen: &Chosen) -> Result<(), Failure> {
    let setup = &chosen.setup;
    let built = match setup.missing() {
        Some(why) => Err(format!("{}: {why}", chosen.name)),
        None => setup.build(),
    };
    built.map_err(|why| Failure {
        status: Status::Target,
        why,
    })
}

impl Args {
    /// What the target speaks: one framing.
    fn spoken(&self, chosen: &Chosen) -> Result<Framing, Failure> {
        match (&self.framing, &chosen.framings[..]) {
            (Some(text), _) => framing(text),
            (None, [one]) => Ok(one.clone()),
            (None, []) => Err(Failure::usage(FRAMING_NEEDED)),
            (None, several) => Err(Failure::usage(format!(
                "--framing is needed: {} speaks {}",
                chosen.name,
                several
                    .iter()
                    .map(Framing::to_string)
                    .collect::<Vec<_>>()
                    .join(" and ")
            ))),
        }
    }

    fn options(&self, chosen: &Chosen) -> Result<Options, Failure> {
        let jobs = self.jobs.unwrap_or_else(processors);
        chosen.options(chosen.observer(), jobs)
    }

    /// The campaign, with all that it begins with.
    fn campaign(
        &self,
        framing: &Framing,
        options: &Options,
        target: &Target,
        corpus: Option<&Corpus>,
    ) -> Result<Campaign, Failure> {
        let shard = self.shard.unwrap_or_default();
        let mut campaign = Campaign::new(framing, &options.payloads, self.seed, shard);
        campaign.begin_with(corpus.map(Corpus::cases).unwrap_or_default());
        if self.minimize {
            campaign.only_what_it_begins_with();
            return Ok(campaign);
        }
        if matches!(target, Target::Command(_)) {
            campaign.measure();
        }
        if !self.no_vectors {
            let vectors = vectors(self.vectors.as_deref())?;
            let plan = Plan {
                vectors: &vectors,
                payloads: &options.payloads,
                tier: Tier::Quick,
                seed: self.seed,
            };
            campaign.begin_with(plan.recorded(framing));
        }
        Ok(campaign)
    }

    /// Where the time begins.
    fn deadline(&self) -> Result<Option<Deadline>, Failure> {
        let unsaid = self.runs.is_none() && !self.minimize;
        let within = |time| within("--time", time);
        self.time.or(unsaid.then_some(TIME)).map(within).transpose()
    }
}

/// One campaign.
struct Session<'a> {
    args: &'a Args,
    chosen: &'a Chosen,
    framing: &'a Framing,
    target: &'a Target,
    corpus: Option<&'a Corpus>,
}

impl Session<'_> {
    fn run(&self, campaign: Campaign, mut options: Options) -> Ended {
        let args = self.args;
        options.course = Course {
            fail_fast: args.fail_fast,
            deadline: args.deadline()?,
            ..Course::default()
        };
        let screen = Screen::new(Kept {
            findings: Findings::new(args.shrink, args.findings.clone()),
            words: [&self.chosen.words[..], &args.target.look_words()].concat(),
            corpus: self.corpus.filter(|_| !args.minimize),
            names_failed: args.minimize,
            seed: args.seed,
        });
        screen.note(self.corpus.map(corpus_notes).unwrap_or_default());
        let how = Fuzz {
            target: self.target,
            observer: self.chosen.observer(),
            options: &options,
            runs: args.runs,
            shrink: args.shrink,
        };
        let fuzzed = fuzz(campaign, how, &screen);
        screen.note(self.minimized(&fuzzed, &screen));
        screen.note(wrong_observer(fuzzed.first.iter()));
        let (found, notes) = screen.finish();
        let old = |found: &Found| matches!(found.saved, Saved::Known(_));
        let counts = found.iter().any(|found| !(args.only_new && old(found)));
        self.tell(&fuzzed, found, notes)?;
        status(&fuzzed, counts)
    }

    /// Makes the corpus small, where that was asked for and all of it was run.
    fn minimized(&self, fuzzed: &Fuzzed, screen: &Screen) -> Vec<String> {
        let Some(corpus) = self.corpus.filter(|_| self.args.minimize) else {
            return Vec::new();
        };
        if fuzzed.trouble.is_some() {
            return vec!["the corpus is as it was: not all of it was run".to_owned()];
        }
        let failed = screen.failed();
        let passed = |case: &Case| !failed.contains(&case.id);
        let Minimized {
            left,
            removed,
            added,
            wrong,
        } = corpus.minimize(fuzzed.campaign.corpus(), passed);
        let folder = corpus.folder().display();
        let told = format!(
            "corpus {folder}: {left} files are left, {removed} were removed, {added} came from other folders"
        );
        let wrong = wrong
            .iter()
            .map(|(file, why)| format!("{}: {why}", file.display()));
        std::iter::once(told).chain(wrong).collect()
    }

    fn tell(&self, fuzzed: &Fuzzed, found: Vec<Found>, notes: Vec<String>) -> Result<(), Failure> {
        let each = fuzzed.findings.iter().zip(found);
        let findings: Vec<_> = each
            .map(|(spotted, found)| sighted(spotted, found))
            .collect();
        let unsteady: Vec<_> = fuzzed
            .unsteady
            .iter()
            .map(|spotted| sighted(spotted, Found::unsaved(spotted.finding.clone())))
            .collect();
        let report = FuzzReport {
            target: self.chosen.name.clone(),
            framing: self.framing.to_string(),
            observe: self.chosen.observer().to_string(),
            gate: self.chosen.gate().to_string(),
            seed: self.args.seed,
            shard: self.args.shard.map(|shard| shard.to_string()),
            notes,
            findings: &findings,
            unsteady: &unsteady,
            counts: fuzzed.counts,
            coverage: fuzzed.campaign.coverage(),
            corpus: fuzzed.campaign.corpus().len(),
            trouble: fuzzed
                .trouble
                .as_ref()
                .filter(|why| is_early(why))
                .map(trouble),
            seconds: fuzzed.seconds,
        };
        let text = fuzz_text(&report, paint());
        self.args
            .reports
            .write(|| self.document(&report, fuzzed), &text)
    }

    /// The words of the command that makes so many cases again.
    fn again(&self, made: u64) -> Vec<String> {
        let args = self.args;
        let mut words = ["framecheck", "fuzz"].map(str::to_owned).to_vec();
        words.extend_from_slice(&self.chosen.words);
        for (name, value) in [
            ("--framing", Some(self.framing.to_string())),
            ("--observe", Some(self.chosen.observer().to_string())),
            ("--seed", Some(args.seed.to_string())),
            ("--shard", args.shard.map(|shard| shard.to_string())),
            ("--runs", Some(made.to_string())),
        ] {
            words.extend(flag(name, value));
        }
        words.extend(args.target.look_words());
        for folder in &args.corpus {
            words.extend(flag("--corpus", Some(folder.display().to_string())));
        }
        let vectors = args.vectors.as_ref();
        words.extend(flag(
            "--vectors",
            vectors.map(|folder| folder.display().to_string()),
        ));
        words.extend(args.no_vectors.then(|| "--no-vectors".to_owned()));
        words
    }

    /// The kept cases, which passed, and the findings, which did not, in the form of every other report.
    fn document(&self, fuzz: &FuzzReport, fuzzed: &Fuzzed) -> Document {
        let found: Vec<Found> = fuzz.findings.iter().map(|one| one.found.clone()).collect();
        let least = found.iter().map(|found| found.finding.least.clone());
        let outcomes: Vec<Outcome> = fuzzed.kept.iter().cloned().chain(least).collect();
        let listed = Listed::default();
        let tested = Tested {
            name: self.chosen.name.clone(),
            address: self.chosen.subject.name(),
            framings: vec![fuzz.framing.clone()],
            observe: fuzz.observe.clone(),
            gate: fuzz.gate.clone(),
            about: self.chosen.about.clone(),
            skipped: None,
            trouble: fuzz.trouble.clone(),
            command: self.again(fuzzed.counts.made),
            is_campaign: true,
            outcomes: &outcomes,
            known: &listed,
            findings: &found,
        };
        Document {
            fuzz: Some(fuzz.entry()),
            ..Document::of(&Report {
                targets: vec![tested],
                seed: fuzz.seed,
                notes: fuzz.notes.clone(),
                trouble: fuzz.trouble.clone(),
                seconds: fuzz.seconds,
            })
        }
    }
}

fn sighted(spotted: &Spotted, found: Found) -> Sighted {
    Sighted {
        found,
        spot: spotted.spot.to_string(),
        times: spotted.times,
    }
}

/// What a reader of the report must know of the corpus.
fn corpus_notes(corpus: &Corpus) -> Vec<String> {
    /// Files that could not be read of which each is named.
    const NAMED: usize = 10;
    let (folder, files) = (corpus.folder().display(), corpus.len());
    let mut told = format!("corpus {folder}: {files} files");
    if corpus.raw > 0 {
        told += &format!(", {} of them no vectors and used as raw bytes", corpus.raw);
    }
    let unreadable = &corpus.unreadable;
    if !unreadable.is_empty() {
        told += &format!(", {} that cannot be read are skipped", unreadable.len());
    }
    let named = unreadable.iter().take(NAMED);
    let named = named.map(|(file, why)| format!("{}: {why}; skipped", file.display()));
    std::iter::once(told).chain(named).collect()
}

/// The end of its time is how a campaign ends; the first finding, where it is to be the last, too.
fn is_early(trouble: &Trouble) -> bool {
    !matches!(trouble, Trouble::Deadline(_) | Trouble::Failed)
}

/// `failed`: a finding counts.
fn status(fuzzed: &Fuzzed, failed: bool) -> Ended {
    match &fuzzed.trouble {
        Some(Trouble::Interrupted) => Ok(Status::Interrupted),
        Some(why @ Trouble::Skipped(_)) => Err(Failure {
            status: Status::Nothing,
            why: trouble(why),
        }),
        Some(why) if is_early(why) => Err(Failure {
            status: Status::Target,
            why: trouble(why),
        }),
        _ if failed => Ok(Status::NotConformant),
        _ if fuzzed.counts.runs == 0 => Ok(Status::Nothing),
        _ => Ok(Status::Conformant),
    }
}
