-- Calls that a principal made for the first time
--
-- Calls that a principal made for the first time on or after the day given, where it had
-- called before that day.
--
-- param since text 2026-05-08: the first day that counts as new
WITH made AS (
  SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, eventsource, eventname, min(eventtime) AS first_seen, count(DISTINCT eventid) AS times
  FROM cloudtrail_logs
  GROUP BY 1, 2, 3
), known AS (
  SELECT principal, min(first_seen) AS known_since FROM made GROUP BY 1
)
SELECT made.principal, eventsource, eventname, first_seen, times
FROM made JOIN known ON made.principal = known.principal
WHERE first_seen >= ? AND known_since < first_seen AND substr(known_since, 1, 10) < substr(first_seen, 1, 10)
ORDER BY first_seen, made.principal, eventname
