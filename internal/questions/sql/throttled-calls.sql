-- Calls that were throttled
--
-- Calls that AWS refused because there were too many of them.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, eventsource, eventname, errorcode, count(DISTINCT eventid) AS throttled, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE regexp_like(errorcode, 'Throttl|TooManyRequests|RequestLimitExceeded|SlowDown')
GROUP BY 1, 2, 3, 4
ORDER BY throttled DESC, principal, eventsource, eventname
