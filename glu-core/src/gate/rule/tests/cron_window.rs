use super::*;

#[test]
fn opens_when_it_fires_for_so_long() {
    let window = CronWindow::new("0 9 * * 1-5", minutes(90), "Europe/Vienna");
    assert_eq!(at(&window, "2026-03-20T07:59:59Z"), until("2026-03-20T08:00:00Z"));
    assert_eq!(at(&window, "2026-03-20T08:00:00Z"), Verdict::Pass);
    assert_eq!(at(&window, "2026-03-20T09:29:59Z"), Verdict::Pass);
    assert_eq!(at(&window, "2026-03-20T09:30:00Z"), until("2026-03-23T08:00:00Z"));
}

#[test]
fn the_leap_day_and_long_windows() {
    let window = CronWindow::new("0 0 29 2 *", days(1), "UTC");
    assert_eq!(at(&window, "2026-03-01T00:00:00Z"), until("2028-02-29T00:00:00Z"));
    assert_eq!(at(&window, "2028-02-29T23:59:59Z"), Verdict::Pass);
    assert_eq!(at(&window, "2028-03-01T00:00:00Z"), until("2032-02-29T00:00:00Z"));
}

#[test]
fn mistakes_are_refused() {
    assert_eq!(cron_window("0 0 30 2 *", days(1), "Moon").mistakes().len(), 2);
    assert_eq!(cron_window("0 0 * * *", minutes(0), "UTC").mistakes().len(), 1);
}
