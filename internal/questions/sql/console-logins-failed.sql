-- Failed console logins
--
-- Sign-ins that failed, by who tried and from where. CloudTrail hides the name where no
-- such user exists.
SELECT coalesce(useridentity.username, useridentity.arn, useridentity.principalid) AS name, sourceipaddress,
  coalesce(errormessage, 'Failure') AS reason, count(DISTINCT eventid) AS failures,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin' AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure'
GROUP BY 1, 2, 3
ORDER BY failures DESC, name, sourceipaddress
