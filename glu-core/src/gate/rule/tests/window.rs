use super::*;

/// The times at which it changes, from a time on, beginning with whether it is open.
fn course(window: &Window, from: &str, to: &str) -> (bool, Vec<String>) {
    let first = at(window, from).opens();
    let (mut now, end, mut open, mut changes) = (time(from), time(to), first, Vec::new());
    while now < end {
        now = now.checked_add(jiff::SignedDuration::from_mins(1)).unwrap();
        let opens = at(window, &now.to_string()).opens();
        if opens != open {
            open = opens;
            changes.push(now.strftime("%d %H:%M").to_string());
        }
    }
    (first, changes)
}

#[test]
fn working_hours_in_vienna() {
    let window = Window::new("Mon-Fri 09:00-16:30", "Europe/Vienna");
    // 2026-03-20 is a Friday; Vienna is at UTC+1 in winter.
    let (open, changes) = course(&window, "2026-03-20T00:00:00Z", "2026-03-23T10:00:00Z");
    assert!(!open);
    assert_eq!(changes, ["20 08:00", "20 15:30", "23 08:00"]);
    let closed = judged(&window, "2026-03-20T15:30:00Z", &[], 1);
    assert_eq!(closed.verdict, until("2026-03-23T08:00:00Z"));
    assert_eq!(closed.reason, "closed; it opens Mon 2026-03-23 09:00 Europe/Vienna (08:00 UTC)");
    let open = judged(&window, "2026-03-20T15:00:00Z", &[], 1);
    assert_eq!(open.reason, "open until Fri 2026-03-20 16:30 Europe/Vienna (15:30 UTC)");
    // After the change on 29 March, at UTC+2, nine o'clock is an hour earlier.
    assert_eq!(at(&window, "2026-03-28T12:00:00Z"), until("2026-03-30T07:00:00Z"));
}

#[test]
fn several_windows_lists_of_days_and_days_round_the_week() {
    let window = Window::new("Mon,Wed 09:00-10:00; Sat-Sun 12:00-24:00", "UTC");
    // 2026-03-16 is a Monday.
    let (_, changes) = course(&window, "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z");
    // Sunday follows Saturday at midnight without being open before noon.
    assert_eq!(
        changes,
        ["16 09:00", "16 10:00", "18 09:00", "18 10:00", "21 12:00", "22 00:00", "22 12:00", "23 00:00"]
    );
    let round = Window::new("Sat-Mon 00:00-24:00", "UTC");
    let (open, changes) = course(&round, "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z");
    assert_eq!((open, changes), (true, vec!["17 00:00".to_owned(), "21 00:00".to_owned()]));
    assert_eq!(at(&round, "2026-03-18T00:00:00Z"), until("2026-03-21T00:00:00Z"));
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    let window = Window::new("Fri 22:00-02:00", "UTC");
    let (open, changes) = course(&window, "2026-03-20T01:00:00Z", "2026-03-22T12:00:00Z");
    assert!(!open);
    assert_eq!(changes, ["20 22:00", "21 02:00"]);
    let inside = judged(&window, "2026-03-21T01:00:00Z", &[], 1);
    assert_eq!(inside.reason, "open until 2026-03-21 02:00 UTC");
}

#[test]
fn clocks_put_forward_skip_what_does_not_exist() {
    // Vienna, 2026-03-29: 01:59 CET is followed by 03:00 CEST at 01:00 UTC.
    let skipped = Window::new("02:00-03:00", "Europe/Vienna");
    let (_, changes) = course(&skipped, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
    // Nothing on the 29th; on the 30th 02:00 CEST is 00:00 UTC.
    assert_eq!(changes, ["30 00:00", "30 01:00"]);
    assert_eq!(at(&skipped, "2026-03-28T12:00:00Z"), until("2026-03-30T00:00:00Z"));
    // A window that begins in the gap opens at its end: 03:00 CEST, 01:00 UTC; 04:00 CEST is 02:00 UTC.
    let cut = Window::new("Sun 02:30-04:00", "Europe/Vienna");
    assert_eq!(at(&cut, "2026-03-28T12:00:00Z"), until("2026-03-29T01:00:00Z"));
    let (_, changes) = course(&cut, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
    assert_eq!(changes, ["29 01:00", "29 02:00"]);
    // A weekly window within the gap opens a week later: Sunday 5 April 02:10 CEST is 00:10 UTC.
    let weekly = Window::new("Sun 02:10-02:50", "Europe/Vienna");
    assert_eq!(at(&weekly, "2026-03-22T12:00:00Z"), until("2026-04-05T00:10:00Z"));
}

#[test]
fn clocks_put_back_show_a_time_twice_and_open_twice() {
    // Vienna, 2026-10-25: 02:59 CEST is followed by 02:00 CET at 01:00 UTC.
    let twice = Window::new("Sun 02:00-02:30", "Europe/Vienna");
    let (_, changes) = course(&twice, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    assert_eq!(changes, ["25 00:00", "25 00:30", "25 01:00", "25 01:30"]);
    assert_eq!(at(&twice, "2026-10-25T00:40:00Z"), until("2026-10-25T01:00:00Z"));
    let second = judged(&twice, "2026-10-25T01:10:00Z", &[], 1);
    assert_eq!(second.reason, "open until Sun 2026-10-25 02:30 Europe/Vienna (01:30 UTC)");
    // A window around it is an hour longer: 01:00 CEST is 23:00 UTC, 04:00 CET is 03:00 UTC.
    let around = Window::new("Sun 01:00-04:00", "Europe/Vienna");
    let (_, changes) = course(&around, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    assert_eq!(changes, ["24 23:00", "25 03:00"]);
    // One that ends in the hour that comes twice opens again with it: 01:30 CEST is 23:30 UTC.
    let ends = Window::new("Sun 01:30-02:30", "Europe/Vienna");
    let (_, changes) = course(&ends, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    assert_eq!(changes, ["24 23:30", "25 00:30", "25 01:00", "25 01:30"]);
    assert_eq!(at(&ends, "2026-10-25T00:40:00Z"), until("2026-10-25T01:00:00Z"));
}

#[test]
fn new_york_changes_on_other_days() {
    let window = Window::new("Mon-Fri 09:00-17:00", "America/New_York");
    // Friday 6 March, EST (UTC-5): closes at 22:00 UTC. Monday 9 March, after the change on the 8th, EDT (UTC-4): opens at 13:00 UTC.
    assert_eq!(at(&window, "2026-03-06T21:59:00Z"), Verdict::Pass);
    assert_eq!(at(&window, "2026-03-06T22:00:00Z"), until("2026-03-09T13:00:00Z"));
    // Friday 30 October, EDT: closes at 21:00 UTC. Monday 2 November, after the change on the 1st, EST: opens at 14:00 UTC.
    assert_eq!(at(&window, "2026-10-30T21:00:00Z"), until("2026-11-02T14:00:00Z"));
}

#[test]
fn the_29th_of_february_has_a_weekday_too() {
    // 2028-02-29 is a Tuesday; the night of Monday the 28th reaches into it.
    let window = Window::new("Tue 09:00-10:00; Mon 23:00-01:00", "UTC");
    let (_, changes) = course(&window, "2028-02-28T12:00:00Z", "2028-03-01T12:00:00Z");
    assert_eq!(changes, ["28 23:00", "29 01:00", "29 09:00", "29 10:00"]);
}

#[test]
fn what_it_says_of_the_next_change_is_what_happens() {
    for name in ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"] {
        let window = Window::new("Mon-Fri 01:45-02:15; Sun 23:30-02:40; Sat 02:00-03:00", name);
        for start in
            ["2026-03-07T00:00:00Z", "2026-03-28T00:00:00Z", "2026-04-04T00:00:00Z", "2026-10-24T00:00:00Z"]
        {
            let mut now = time(start);
            let mut promised = None;
            for _ in 0..3 * 24 * 12 {
                let verdict = at(&window, &now.to_string());
                match (verdict, promised) {
                    (Verdict::Pending { until }, None) => promised = until,
                    (Verdict::Pending { until }, promised) => assert_eq!(until, promised, "{name} {now}"),
                    (_, Some(opened)) => {
                        assert!(opened <= now, "{name}: open at {now}, promised for {opened}");
                        promised = None;
                    }
                    _ => {}
                }
                now = now.checked_add(jiff::SignedDuration::from_mins(5)).unwrap();
            }
        }
    }
}

#[test]
fn mistakes_are_refused_and_never_open() {
    for (text, zone, said) in [
        ("Mon-Fri 09:00-16:30", "Europe/Wien", "there is no time zone `Europe/Wien`"),
        ("Mo-Fri 09:00-16:30", "UTC", "`Mo` is no weekday"),
        ("Mon 9-16", "UTC", "`Mon 9-16` is no window"),
        ("Mon 09:00-25:00", "UTC", "is no window"),
        ("Mon 09:00-09:00", "UTC", "ends when it begins"),
        (" ; ", "UTC", "there is no window in it"),
    ] {
        let gate = window(text, zone);
        assert!(gate.mistakes().join("\n").contains(said), "{text}: {:?}", gate.mistakes());
        assert!(!report(&gate, "2026-03-16T10:00:00Z", &[], 1).verdict.opens());
    }
    assert_eq!(window("Monday-Friday 09:00-16:30", "Europe/Vienna").mistakes(), Vec::<String>::new());
}
