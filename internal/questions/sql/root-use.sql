-- Use of the root user
--
-- What the accounts' root users called. AWS itself acts as root for some of its own
-- events, which are left out (invokedBy, AwsServiceEvent).
SELECT useridentity.accountid AS account, eventsource, eventname, sourceipaddress,
  count(DISTINCT eventid) AS calls, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE useridentity.type = 'Root' AND useridentity.invokedby IS NULL AND eventtype <> 'AwsServiceEvent'
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, eventsource, eventname
