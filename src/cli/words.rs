//! `framecheck completions` and `framecheck man`: the flags themselves, as shells and `man` want them.

use std::io;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Ended, Failure, Status, print};
use crate::run::files;

/// Prints completions for a shell.
#[derive(clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the page of the program for `man`, or writes one page for each command.
#[derive(clap::Args)]
pub(super) struct ManArgs {
    /// Write all pages to this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs, mut program: Command) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "framecheck", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Conformant)
}

pub(super) fn man(args: &ManArgs, program: Command) -> Ended {
    let program = program.disable_help_subcommand(true);
    match &args.dir {
        None => print(&page(&program)?)?,
        Some(folder) => {
            let unwritable =
                |error| Failure::usage(format!("--dir: {}: {error}", folder.display()));
            write_pages(folder, program).map_err(unwritable)?;
        }
    }
    Ok(Status::Conformant)
}

fn write_pages(folder: &Path, mut program: Command) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // Only then has each command its full name.
    program.build();
    let commands = program.get_subcommands();
    for command in std::iter::once(&program).chain(commands) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        files::write_whole(&folder.join(format!("{name}.1")), &page(command)?)?;
    }
    Ok(())
}

fn page(command: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    // A command has no version of its own.
    let source = concat!("framecheck ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(source).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
