-- Who takes which role
--
-- AssumeRole calls of all kinds by role and caller, with how many failed.
SELECT coalesce(json_extract_scalar(requestparameters, '$.roleArn'), json_extract_scalar(responseelements, '$.assumedRoleUser.arn')) AS role,
  eventname, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.username, useridentity.principalid) AS caller,
  count(DISTINCT coalesce(sharedeventid, eventid)) AS calls,
  count(DISTINCT CASE WHEN NOT (errorcode IS NULL OR errorcode = '') THEN coalesce(sharedeventid, eventid) END) AS failed,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE eventsource = 'sts.amazonaws.com' AND eventname LIKE 'AssumeRole%'
GROUP BY 1, 2, 3
ORDER BY calls DESC, role, caller
