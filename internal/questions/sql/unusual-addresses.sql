-- Addresses that a principal seldom uses
--
-- Addresses from which a principal made few of its calls, though it made many: a laptop on
-- the road, or a stolen key.
--
-- param percent number 5: an address with at most so many percent of the calls
WITH calls AS (
  SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, sourceipaddress, count(DISTINCT eventid) AS calls,
    min(eventtime) AS first_seen, max(eventtime) AS last_seen
  FROM cloudtrail_logs
  WHERE regexp_like(sourceipaddress, '^[0-9a-fA-F:.]+$') AND useridentity.invokedby IS NULL
  GROUP BY 1, 2
), shares AS (
  SELECT principal, sourceipaddress, calls, first_seen, last_seen, sum(calls) OVER (PARTITION BY principal) AS all_calls
  FROM calls
)
SELECT principal, sourceipaddress, calls, all_calls, first_seen, last_seen
FROM shares
WHERE calls * 100 <= all_calls * ?
ORDER BY principal, calls, sourceipaddress
