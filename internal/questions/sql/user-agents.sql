-- Programs that call
--
-- User agents by principal, the rarest first: tools that nobody else uses stand at the
-- top.
SELECT useragent, count(DISTINCT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid)) AS principals, count(DISTINCT eventid) AS calls,
  min(coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid)) AS one_principal, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE useragent IS NOT NULL AND useridentity.invokedby IS NULL
GROUP BY 1
ORDER BY calls, useragent
