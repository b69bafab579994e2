use super::*;

#[test]
fn days_ranges_and_times() {
    let entries = ["2026-12-20..2027-01-02", "2026-11-27", "2026-10-25T01:30..2026-10-25T03:00"];
    let calendar = Calendar::new(entries, "Europe/Vienna");
    assert_eq!(calendar.mistakes(), Vec::<String>::new());
    // Days begin at midnight in Vienna, 23:00 UTC in winter, and the last one belongs to the freeze.
    assert_eq!(at(&calendar, "2026-12-19T22:59:59Z"), Verdict::Pass);
    assert_eq!(at(&calendar, "2026-12-19T23:00:00Z"), until("2027-01-02T23:00:00Z"));
    assert_eq!(at(&calendar, "2027-01-02T23:00:00Z"), Verdict::Pass);
    assert_eq!(at(&calendar, "2026-11-27T22:59:59Z"), until("2026-11-27T23:00:00Z"));
    // On 25 October, 01:30 CEST is 23:30 UTC and 03:00 CET is 02:00 UTC: two and a half hours.
    assert_eq!(at(&calendar, "2026-10-24T23:30:00Z"), until("2026-10-25T02:00:00Z"));
    let frozen = judged(&calendar, "2026-12-24T12:00:00Z", &[], 1);
    assert_eq!(
        frozen.reason,
        "frozen: 2026-12-20..2027-01-02; it opens Sun 2027-01-03 00:00 Europe/Vienna (23:00 UTC)"
    );
}

#[test]
fn freezes_that_touch_are_one() {
    let calendar = Calendar::new(["2028-02-28", "2028-02-29", "2028-03-01"], "UTC");
    assert_eq!(at(&calendar, "2028-02-28T10:00:00Z"), until("2028-03-02T00:00:00Z"));
    assert_eq!(freeze_calendar(["2027-02-29"], "UTC").mistakes().len(), 1);
}

#[test]
fn mistakes_are_refused() {
    let gate = freeze_calendar(["2027-01-02..2026-12-20", "soon", "2026-13-01"], "Nowhere");
    let mistakes = gate.mistakes().join("\n");
    assert_eq!(gate.mistakes().len(), 4, "{mistakes}");
    assert!(mistakes.contains("ends before it begins") && mistakes.contains("`soon` is no date"));
    assert!(!report(&gate, "2026-03-16T10:00:00Z", &[], 1).verdict.opens());
}

#[test]
fn an_icalendar_file() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Holi\r\n days\\, at last\r\nDTSTART;VALUE=DATE:20261224\r\n\
        DTEND;VALUE=DATE:20261227\r\nBEGIN:VALARM\r\nDTSTART:19700101\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Audit\r\n\
        DTSTART;TZID=America/New_York:20260601T090000\r\nDTEND:20260601T150000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = Calendar::icalendar(text, "Europe/Vienna");
    assert_eq!(calendar.mistakes(), Vec::<String>::new());
    // DTEND is the day after the last one (RFC 5545, section 3.6.1).
    assert_eq!(at(&calendar, "2026-12-23T23:00:00Z"), until("2026-12-26T23:00:00Z"));
    assert!(
        judged(&calendar, "2026-12-24T12:00:00Z", &[], 1).reason.starts_with("frozen: Holidays, at last;")
    );
    // 09:00 EDT is 13:00 UTC.
    assert_eq!(at(&calendar, "2026-06-01T12:59:59Z"), Verdict::Pass);
    assert_eq!(at(&calendar, "2026-06-01T13:00:00Z"), until("2026-06-01T15:00:00Z"));
}

#[test]
fn what_is_not_read_of_an_icalendar_file_is_refused() {
    let event = |lines: &str| {
        let text = format!("BEGIN:VEVENT\nSUMMARY:x\n{lines}\nEND:VEVENT\n");
        Calendar::icalendar(&text, "UTC").mistakes().join("\n")
    };
    assert!(event("DTSTART:20260601\nRRULE:FREQ=WEEKLY").contains("event `x` repeats"));
    assert!(event("DTEND:20260601").contains("no DTSTART"));
    assert!(event("DTSTART:tomorrow").contains("cannot be read"));
    assert!(event("DTSTART:20260602\nDTEND:20260601").contains("ends before it begins"));
    assert_eq!(event("DTSTART:20260602"), "");
    assert!(Calendar::icalendar("", "UTC").mistakes().join("").contains("no events"));
    assert!(
        Calendar::icalendar("BEGIN:VEVENT\n", "UTC").mistakes().join("").contains("ends within an event")
    );
}
