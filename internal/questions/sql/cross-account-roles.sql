-- Roles taken across accounts
--
-- AssumeRole calls where the caller's account is not the role's, by both, counted once
-- however many accounts got a copy.
SELECT useridentity.accountid AS caller_account,
  split_part(coalesce(json_extract_scalar(requestparameters, '$.roleArn'), json_extract_scalar(responseelements, '$.assumedRoleUser.arn')), ':', 5) AS role_account,
  json_extract_scalar(requestparameters, '$.roleArn') AS role,
  count(DISTINCT coalesce(sharedeventid, eventid)) AS calls,
  count(DISTINCT CASE WHEN NOT (errorcode IS NULL OR errorcode = '') THEN coalesce(sharedeventid, eventid) END) AS failed,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRole' AND useridentity.accountid IS NOT NULL
  AND split_part(json_extract_scalar(requestparameters, '$.roleArn'), ':', 5) <> useridentity.accountid
GROUP BY 1, 2, 3
ORDER BY calls DESC, caller_account, role
