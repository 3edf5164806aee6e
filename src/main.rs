//! The program: hands over to the guard of a target where it was started as one, and otherwise to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    framecheck::run::guard::dispatch(std::env::args_os()).unwrap_or_else(framecheck::cli::main)
}
