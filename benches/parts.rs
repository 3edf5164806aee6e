//! The pure parts beside the decoders: the encoder, the cutting of streams into cases, the judge, and the comparison of the load generator.
//! `cargo bench --bench parts`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use framecheck::framing::Framing;
use framecheck::suite::bench::{Check, Mode, Script};
use framecheck::suite::{
    Close, End, Mark, Observer, Own, PayloadKind, Point, Silence, Status, Stream, Tier, Transcript,
    cases, judge,
};

fn encoder(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode");
    for text in ["prefixed:u32be", "netstring", "crlf", "http-chunked"] {
        let framing: Framing = text.parse().expect("a framing");
        let payload = vec![b'a'; 256];
        let mut wire = Vec::with_capacity(1 << 20);
        group.throughput(Throughput::Bytes(payload.len() as u64));
        group.bench_function(format!("{text} 256 B"), |bencher| {
            bencher.iter(|| {
                wire.clear();
                framing
                    .encode(black_box(&payload), &mut wire)
                    .expect("a frame");
            });
        });
    }
    group.finish();
}

/// A stream of frames of 256 bytes.
fn stream(frames: usize) -> Arc<Stream> {
    let framing: Framing = "prefixed:u32be".parse().expect("a framing");
    let mut wire = Vec::new();
    for _ in 0..frames {
        framing.encode(&[b'a'; 256], &mut wire).expect("a frame");
    }
    Arc::new(Stream::new("bench".to_owned(), &framing, wire))
}

fn segmentation(c: &mut Criterion) {
    let own = Own::default();
    for (name, tier) in [("quick", Tier::Quick), ("full", Tier::Full)] {
        let stream = stream(4);
        c.bench_function(&format!("cases of a stream of 1 KiB, {name}"), |bencher| {
            bencher.iter(|| cases(black_box(&stream), &own, tier, 1, usize::MAX).len());
        });
    }
}

fn judging(c: &mut Criterion) {
    let stream = stream(100);
    let lines: String = stream
        .due
        .iter()
        .map(|due| format!("{}\n", due.item))
        .collect();
    let received = (lines + "end clean\n").into_bytes();
    let transcript = Transcript {
        marks: vec![Mark {
            received: received.len(),
            sent: Point::End,
            silence: Some(Silence::Proven),
        }],
        received,
        end: End::Closed,
        ..Transcript::new()
    };
    let verdict = judge(&stream, Close::Fin, Observer::Report, &transcript);
    assert_eq!(verdict.status, Status::Pass, "{}", verdict.why);
    c.bench_function("judge 100 frames", |bencher| {
        bencher.iter(|| {
            judge(
                &stream,
                Close::Fin,
                Observer::Report,
                black_box(&transcript),
            )
        });
    });
}

fn comparison(c: &mut Criterion) {
    let framing = "prefixed:u32be".parse().expect("a framing");
    let script = Script::new(&framing, Mode::Echo, 64, &PayloadKind::Any, 1).expect("a script");
    let reply = script.reply().bytes().to_vec();
    let mut group = c.benchmark_group("compare");
    group.throughput(Throughput::Bytes(reply.len() as u64));
    group.bench_function("replies of 64 B in reads of 64 KiB", |bencher| {
        bencher.iter(|| {
            let mut check = Check::new(&script, 0);
            for read in reply.chunks(64 << 10) {
                check
                    .push(&script, black_box(read), u64::MAX / 1024)
                    .expect("what is due");
            }
            check.verified(&script)
        });
    });
    group.finish();
}

criterion_group! {
    name = parts;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = encoder, segmentation, judging, comparison
}
criterion_main!(parts);
