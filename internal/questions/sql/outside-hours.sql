-- People at work outside hours
--
-- Calls that IAM users made themselves outside the hours given (UTC), by user and day.
--
-- param from number 6: the hour at which work begins
-- param to number 20: the hour at which it ends
SELECT useridentity.arn AS principal, substr(eventtime, 1, 10) AS day, count(DISTINCT eventid) AS calls,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen,
  array_join(array_sort(array_agg(DISTINCT sourceipaddress)), ', ') AS addresses
FROM cloudtrail_logs
WHERE useridentity.type = 'IAMUser' AND useridentity.invokedby IS NULL
  AND (CAST(substr(eventtime, 12, 2) AS integer) < ? OR CAST(substr(eventtime, 12, 2) AS integer) >= ?)
GROUP BY 1, 2
ORDER BY day, principal
