//! A benchmark as comma-separated values (RFC 4180): a row for each cell, the ceilings behind the targets.
//!
//! Columns are only ever added, at the end; their names have the unit. Invariant: what there is no figure of is empty, never 0.

use csv::{Terminator, WriterBuilder};

use super::document::{BenchCell, BenchDocument, CellLatency, HighLow, Percentile, Quartiles};

/// A column: its name, and what a cell has there.
type Column = (&'static str, fn(&BenchCell) -> String);

/// All columns but those of latencies, in their order.
const COLUMNS: &[Column] = &[
    ("target", |cell| cell.target.clone()),
    ("version", |cell| text(cell.version.as_ref())),
    ("framing", |cell| cell.framing.clone()),
    ("pattern", |cell| cell.pattern.to_string()),
    ("payload_bytes", |cell| cell.payload.to_string()),
    ("mode", |cell| text(cell.mode.as_ref())),
    ("pace", |cell| cell.pace.clone()),
    ("connections", |cell| cell.connections.to_string()),
    ("in_flight_frames", |cell| cell.in_flight.to_string()),
    ("segment", |cell| cell.segment.clone()),
    ("rate_frames_per_s", |cell| text(cell.rate)),
    ("latency_target", |cell| text(cell.latency_target.as_ref())),
    ("latency_target_held", |cell| text(cell.held)),
    ("frames_per_s", |cell| text(cell.frames_per_s)),
    ("frames_per_s_low", |cell| {
        text(in_frames(cell).map(|it| it.low))
    }),
    ("frames_per_s_high", |cell| {
        text(in_frames(cell).map(|it| it.high))
    }),
    ("bytes_per_s", |cell| text(cell.bytes_per_s)),
    ("bytes_per_s_low", |cell| {
        text(in_bytes(cell).map(|it| it.low))
    }),
    ("bytes_per_s_high", |cell| {
        text(in_bytes(cell).map(|it| it.high))
    }),
    ("bytes_per_s_min", |cell| {
        text(spread(cell).map(|it| it.min))
    }),
    ("bytes_per_s_quartile_1", |cell| {
        text(spread(cell).map(|it| it.low))
    }),
    ("bytes_per_s_quartile_3", |cell| {
        text(spread(cell).map(|it| it.high))
    }),
    ("bytes_per_s_max", |cell| {
        text(spread(cell).map(|it| it.max))
    }),
    ("ratio", |cell| {
        text(cell.ratio.as_ref().map(|ratio| ratio.value))
    }),
    ("ratio_low", |cell| {
        text(cell.ratio.as_ref().map(|ratio| ratio.low))
    }),
    ("ratio_high", |cell| {
        text(cell.ratio.as_ref().map(|ratio| ratio.high))
    }),
    ("ratio_to", |cell| {
        text(cell.ratio.as_ref().map(|ratio| &ratio.to))
    }),
    ("rounds", |cell| cell.rounds.len().to_string()),
    ("sent_frames", |cell| cell.sent.to_string()),
    ("verified_frames", |cell| cell.verified.to_string()),
    ("verified_by", |cell| text(cell.verified_by.as_ref())),
    ("own_cpu_s", |cell| text(cell.cpu.map(|cpu| cpu.own))),
    ("own_cpu_per_frame_s", |cell| {
        text(cell.cpu.map(|cpu| cpu.own_per_frame))
    }),
    ("target_cpu_s", |cell| {
        text(cell.cpu.and_then(|cpu| cpu.target))
    }),
    ("target_cpu_per_frame_s", |cell| {
        text(cell.cpu.and_then(|cpu| cpu.target_per_frame))
    }),
    ("peak_memory_bytes", |cell| text(cell.peak_memory)),
    ("of_ceiling", |cell| text(cell.of_ceiling)),
    ("limit", |cell| {
        text(cell.limit.as_ref().map(|limit| &limit.by))
    }),
    ("error_kind", |cell| {
        text(cell.error.as_ref().map(|error| &error.kind))
    }),
    ("error", |cell| {
        text(cell.error.as_ref().map(|error| &error.why))
    }),
    ("notes", |cell| cell.notes.join("\n")),
];

/// Percentiles that have a column.
const PERCENTILES: [(&str, f64); 6] = [
    ("p50", 50.0),
    ("p90", 90.0),
    ("p99", 99.0),
    ("p99_9", 99.9),
    ("p99_99", 99.99),
    ("max", 100.0),
];

/// The benchmark as comma-separated values.
#[must_use]
pub(in crate::report) fn csv(document: &BenchDocument) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let cells = document.cells.iter().chain(&document.ceilings);
    let rows = std::iter::once(head()).chain(cells.map(row));
    for row in rows {
        // A list in memory takes everything, and all rows are of one length.
        let written = writer.write_record(&row);
        debug_assert!(written.is_ok(), "{written:?}");
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn head() -> Vec<String> {
    let columns = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    let latencies = ["latency_", "corrected_latency_"]
        .into_iter()
        .flat_map(|kind| {
            PERCENTILES
                .iter()
                .map(move |(name, _)| format!("{kind}{name}_s"))
        });
    columns.chain(latencies).collect()
}

fn row(cell: &BenchCell) -> Vec<String> {
    let columns = COLUMNS.iter().map(|(_, value)| value(cell));
    let latency = cell.latency.as_ref();
    let uncorrected = latency.map(|latency| &latency.uncorrected);
    let corrected = latency.and_then(|CellLatency { corrected, .. }| corrected.as_ref());
    let latencies = [uncorrected, corrected].into_iter().flat_map(|kind| {
        PERCENTILES
            .iter()
            .map(move |(_, percent)| text(kind.and_then(|all| at(all, *percent))))
    });
    columns.chain(latencies).collect()
}

fn at(percentiles: &[Percentile], percent: f64) -> Option<f64> {
    let mut all = percentiles.iter();
    Some(all.find(|one| one.percent == percent)?.seconds)
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn in_frames(cell: &BenchCell) -> Option<HighLow> {
    cell.interval.and_then(|interval| interval.frames_per_s)
}

fn in_bytes(cell: &BenchCell) -> Option<HighLow> {
    cell.interval.map(|interval| interval.bytes_per_s)
}

fn spread(cell: &BenchCell) -> Option<Quartiles> {
    cell.spread.map(|spread| spread.bytes_per_s)
}
