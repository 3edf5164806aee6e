//! What a target gave back is read without panic, and what is read of its beginning stands when more comes.
#![no_main]

use framecheck::suite::{Line, Observed, read_echo, read_report, report_line};
use framecheck_fuzz::{Case, Received};
use libfuzzer_sys::fuzz_target;

/// All is read again at each.
const MOST_CUTS: usize = 16;

fuzz_target!(|received: Received| {
    let case = &received.0;
    let report = read_report(&case.bytes);
    lines_print_back(&case.bytes);
    let echo = read_echo(&case.framing, &case.bytes, false);
    let ended = read_echo(&case.framing, &case.bytes, true);
    begins(&echo, &ended, case);
    for &cut in case.cuts.iter().take(MOST_CUTS) {
        let sooner = read_report(&case.bytes[..cut]);
        begins(&sooner, &report, case);
        assert!(sooner.items.iter().all(|item| report.items.contains(item)));
        assert!(sooner.ending.is_none() || sooner.ending == report.ending);
        begins(
            &read_echo(&case.framing, &case.bytes[..cut], false),
            &echo,
            case,
        );
    }
});

fn lines_print_back(received: &[u8]) {
    for line in received.split_inclusive(|&byte| byte == b'\n') {
        if let Some(Line::Item(item)) = report_line(line) {
            let printed = format!("{item}\n");
            assert_eq!(report_line(printed.as_bytes()), Some(Line::Item(item)));
        }
    }
}

/// What has been read of the beginning is the beginning of what has been read.
fn begins(sooner: &Observed, later: &Observed, case: &Case) {
    let items =
        |observed: &Observed| -> Vec<_> { observed.items.iter().map(|(item, _)| *item).collect() };
    let (some, all) = (items(sooner), items(later));
    assert!(
        all.starts_with(&some),
        "{case:?}\n  {sooner:?}\n  {later:?}"
    );
    let garbage = sooner.garbage.is_none() || later.garbage.is_some();
    assert!(garbage, "{case:?}\n  {sooner:?}\n  {later:?}");
}
