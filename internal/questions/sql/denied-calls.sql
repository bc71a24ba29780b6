-- Denied calls by principal
--
-- Calls that were refused for lack of permission, by principal and call. Many different
-- ones from one principal may be somebody feeling their way.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, eventsource, eventname, errorcode,
  count(DISTINCT eventid) AS denied, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%Unauthorized%' OR errorcode LIKE '%NotAuthorized%')
GROUP BY 1, 2, 3, 4
ORDER BY denied DESC, principal, eventsource, eventname
