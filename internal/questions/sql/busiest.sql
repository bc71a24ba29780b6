-- The busiest calls
--
-- Which calls make up the logs, by source, name and kind of caller: what a filter would
-- leave out.
SELECT eventsource, eventname, useridentity.type AS caller_type, count(DISTINCT eventid) AS events,
  count(DISTINCT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid)) AS principals
FROM cloudtrail_logs
GROUP BY 1, 2, 3
ORDER BY events DESC, eventsource, eventname, caller_type
LIMIT 50
