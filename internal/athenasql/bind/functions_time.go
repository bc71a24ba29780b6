package bind

// timeFunctions are the functions over dates, times and intervals. The format
// of the rows is described at parseFamily. Signatures as in Trino's scalar
// functions (operator/scalar/DateTimeFunctions and its timestamp packages).
const timeFunctions = `
at_timezone(timestamp(p) with time zone, varchar(x)) -> timestamp(p) with time zone | the same instant, shown in another time zone
at_timezone(time(p) with time zone, varchar(x)) -> time(p) with time zone
$at_time_zone(timestamp(p) with time zone, varchar(x)) -> timestamp(p) with time zone
$at_time_zone(timestamp(p) with time zone, interval day to second) -> timestamp(p) with time zone
$at_time_zone(time(p) with time zone, varchar(x)) -> time(p) with time zone
$at_time_zone(time(p) with time zone, interval day to second) -> time(p) with time zone
current_timezone() -> varchar | the session's time zone
date(varchar(x)) -> date | the date of a text or timestamp
date(timestamp(p)) -> date
date(timestamp(p) with time zone) -> date
date_add(varchar(x), bigint, date) -> date | adds a number of units
date_add(varchar(x), bigint, time(p)) -> time(p)
date_add(varchar(x), bigint, time(p) with time zone) -> time(p) with time zone
date_add(varchar(x), bigint, timestamp(p)) -> timestamp(p)
date_add(varchar(x), bigint, timestamp(p) with time zone) -> timestamp(p) with time zone
date_diff(varchar(x), date, date) -> bigint | the number of complete units between two values
date_diff(varchar(x), time(p), time(p)) -> bigint
date_diff(varchar(x), time(p) with time zone, time(p) with time zone) -> bigint
date_diff(varchar(x), timestamp(p), timestamp(p)) -> bigint
date_diff(varchar(x), timestamp(p) with time zone, timestamp(p) with time zone) -> bigint
date_format(timestamp(p), varchar(x)) -> varchar | formats by a MySQL pattern
date_format(timestamp(p) with time zone, varchar(x)) -> varchar
date_parse(varchar(x), varchar(y)) -> timestamp(3) | parses by a MySQL pattern
date_trunc(varchar(x), date) -> date | cuts to a unit
date_trunc(varchar(x), time(p)) -> time(p)
date_trunc(varchar(x), time(p) with time zone) -> time(p) with time zone
date_trunc(varchar(x), timestamp(p)) -> timestamp(p)
date_trunc(varchar(x), timestamp(p) with time zone) -> timestamp(p) with time zone
day,day_of_month(date) -> bigint | the day of the month
day,day_of_month(interval day to second) -> bigint
day,day_of_month(timestamp(p)) -> bigint
day,day_of_month(timestamp(p) with time zone) -> bigint
day_of_week,dow(date) -> bigint | the day of the week, Monday is 1
day_of_week,dow(timestamp(p)) -> bigint
day_of_week,dow(timestamp(p) with time zone) -> bigint
day_of_year,doy(date) -> bigint | the day of the year
day_of_year,doy(timestamp(p)) -> bigint
day_of_year,doy(timestamp(p) with time zone) -> bigint
format_datetime(timestamp(p), varchar(x)) -> varchar | formats by a Joda pattern
format_datetime(timestamp(p) with time zone, varchar(x)) -> varchar
from_iso8601_date(varchar(x)) -> date | parses an ISO 8601 date
from_iso8601_timestamp(varchar(x)) -> timestamp(3) with time zone | parses an ISO 8601 date and time
from_iso8601_timestamp_nanos(varchar(x)) -> timestamp(9) with time zone | parses an ISO 8601 date and time to nanoseconds
from_unixtime(double) -> timestamp(3) with time zone | the time of seconds since 1970
from_unixtime(double, bigint, bigint) -> timestamp(3) with time zone
from_unixtime(double, varchar(x)) -> timestamp(3) with time zone
from_unixtime_nanos(bigint) -> timestamp(9) with time zone | the time of nanoseconds since 1970
from_unixtime_nanos(decimal(p, s)) -> timestamp(9) with time zone
hour(interval day to second) -> bigint | the hour of the day
hour(time(p)) -> bigint
hour(time(p) with time zone) -> bigint
hour(timestamp(p)) -> bigint
hour(timestamp(p) with time zone) -> bigint
human_readable_seconds(double) -> varchar | seconds as weeks, days, hours, minutes and seconds
last_day_of_month(date) -> date | the last day of the month
last_day_of_month(timestamp(p)) -> date
last_day_of_month(timestamp(p) with time zone) -> date
millisecond(interval day to second) -> bigint | the millisecond of the second
millisecond(time(p)) -> bigint
millisecond(time(p) with time zone) -> bigint
millisecond(timestamp(p)) -> bigint
millisecond(timestamp(p) with time zone) -> bigint
minute(interval day to second) -> bigint | the minute of the hour
minute(time(p)) -> bigint
minute(time(p) with time zone) -> bigint
minute(timestamp(p)) -> bigint
minute(timestamp(p) with time zone) -> bigint
month(date) -> bigint | the month of the year
month(interval year to month) -> bigint
month(timestamp(p)) -> bigint
month(timestamp(p) with time zone) -> bigint
now() -> timestamp(3) with time zone | the start of the query
parse_datetime(varchar(x), varchar(y)) -> timestamp(3) with time zone | parses by a Joda pattern
parse_duration(varchar(x)) -> interval day to second | parses a duration such as 3.5h
quarter(date) -> bigint | the quarter of the year
quarter(timestamp(p)) -> bigint
quarter(timestamp(p) with time zone) -> bigint
second(interval day to second) -> bigint | the second of the minute
second(time(p)) -> bigint
second(time(p) with time zone) -> bigint
second(timestamp(p)) -> bigint
second(timestamp(p) with time zone) -> bigint
timezone(time(p) with time zone) -> varchar | the time zone
timezone(timestamp(p) with time zone) -> varchar
timezone_hour(time(p) with time zone) -> bigint | the hours of the offset from UTC
timezone_hour(timestamp(p) with time zone) -> bigint
timezone_minute(time(p) with time zone) -> bigint | the minutes of the offset from UTC
timezone_minute(timestamp(p) with time zone) -> bigint
to_char(timestamp(p) with time zone, varchar) -> varchar | formats by a Teradata pattern
to_date(varchar, varchar) -> date | parses a date by a Teradata pattern
to_iso8601(date) -> varchar(16) | the value as ISO 8601 text
to_iso8601(timestamp(p)) -> varchar(n) where n = 22 + min(p, 1) + p
to_iso8601(timestamp(p) with time zone) -> varchar(n) where n = 28 + min(p, 1) + p
to_milliseconds(interval day to second) -> bigint | an interval in milliseconds
to_timestamp(varchar, varchar) -> timestamp(3) | parses a timestamp by a Teradata pattern
to_unixtime(timestamp(p) with time zone) -> double | seconds since 1970
week,week_of_year(date) -> bigint | the ISO week of the year
week,week_of_year(timestamp(p)) -> bigint
week,week_of_year(timestamp(p) with time zone) -> bigint
with_timezone(timestamp(p), varchar(x)) -> timestamp(p) with time zone | the wall-clock time, in a time zone
year(date) -> bigint | the year
year(interval year to month) -> bigint
year(timestamp(p)) -> bigint
year(timestamp(p) with time zone) -> bigint
year_of_week,yow(date) -> bigint | the year of the ISO week
year_of_week,yow(timestamp(p)) -> bigint
year_of_week,yow(timestamp(p) with time zone) -> bigint
`
