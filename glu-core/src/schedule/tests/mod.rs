mod line;
mod opening;
mod oracle;
mod property;
mod scenario;

use std::time::Duration;

use jiff::Timestamp;

use super::pause;

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

#[test]
fn a_pause_ends_at_the_next_time_but_lasts_a_second_and_no_longer_than_the_interval() {
    let seconds = Duration::from_secs;
    assert_eq!(pause(minute(1), None, seconds(300)), seconds(300));
    assert_eq!(pause(minute(1), Some(minute(3)), seconds(300)), seconds(120));
    assert_eq!(pause(minute(1), Some(minute(9)), seconds(300)), seconds(300));
    // Late already, and due in a moment.
    assert_eq!(pause(minute(1), Some(minute(0)), seconds(300)), seconds(1));
    let soon = minute(1).checked_add(Duration::from_millis(3)).unwrap();
    assert_eq!(pause(minute(1), Some(soon), seconds(300)), seconds(1));
}
