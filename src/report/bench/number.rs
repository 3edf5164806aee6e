//! Figures as people read them: three digits and a unit; and names as a table has room for them.

/// Letters of a target's name that the table has room for.
const NAME: usize = 34;

/// `1.23 M`: a number with the letter of its thousands.
pub(in crate::report) fn count(number: f64) -> String {
    scaled(number, 1000.0, &["", " k", " M", " G", " T"])
}

/// `1.23 MB`.
pub(in crate::report) fn bytes(number: f64) -> String {
    scaled(number, 1000.0, &[" B", " kB", " MB", " GB", " TB"])
}

/// `1.23 ms`.
pub(in crate::report) fn time(seconds: f64) -> String {
    scaled(seconds * 1e9, 1000.0, &[" ns", " us", " ms", " s"])
}

/// `1,234,567`.
pub(in crate::report) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// A ratio to two places.
pub(in crate::report) fn ratio(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 0.1 => format!("{ratio:.3}"),
        ratio if ratio < 10.0 => format!("{ratio:.2}"),
        ratio => format!("{ratio:.1}"),
    }
}

/// A name with room in the table: the end of a command tells more than its beginning.
pub(in crate::report) fn name(name: &str) -> String {
    let letters = name.chars().count();
    match letters > NAME {
        true => format!(
            "...{}",
            name.chars().skip(letters + 3 - NAME).collect::<String>()
        ),
        false => name.to_owned(),
    }
}

fn scaled(mut number: f64, step: f64, units: &[&str]) -> String {
    let mut unit = 0;
    // What would be printed with four digits belongs to the next unit.
    while number >= step - 0.5 && unit + 1 < units.len() {
        number /= step;
        unit += 1;
    }
    let digits = match number {
        number if number >= 99.95 || number.fract() == 0.0 && unit == 0 => 0,
        number if number >= 9.995 => 1,
        _ => 2,
    };
    format!("{number:.digits$}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let rows = [
            (count(0.0), "0"),
            (count(7.0), "7"),
            (count(999.7), "1.00 k"),
            (count(12_345.0), "12.3 k"),
            (count(8.4e6), "8.40 M"),
            (bytes(1.25e9), "1.25 GB"),
            (time(0.00002), "20.0 us"),
            (time(1.5), "1.50 s"),
            (time(0.0), "0 ns"),
            (ratio(1.234), "1.23"),
            (ratio(0.0123), "0.012"),
            (grouped(7), "7"),
            (grouped(1_234_567), "1,234,567"),
        ];
        for (found, right) in rows {
            assert_eq!(found, right);
        }
    }
}
