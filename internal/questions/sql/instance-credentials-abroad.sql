-- Instance credentials used elsewhere
--
-- Sessions of instances (named i-…) whose calls came from more than one address: one of
-- them may not be the instance.
SELECT useridentity.arn AS session, count(DISTINCT sourceipaddress) AS addresses,
  array_join(array_sort(array_agg(DISTINCT sourceipaddress)), ', ') AS which, count(DISTINCT eventid) AS calls,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE regexp_like(useridentity.arn, ':assumed-role/.*/i-[0-9a-f]+$') AND regexp_like(sourceipaddress, '^[0-9a-fA-F:.]+$')
GROUP BY 1
HAVING count(DISTINCT sourceipaddress) > 1
ORDER BY addresses DESC, session
