-- Instances that were launched
--
-- Who launched how many instances of which type, in which region, refused tries included.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, awsregion, json_extract_scalar(requestparameters, '$.instanceType') AS instance_type, errorcode,
  count(DISTINCT eventid) AS calls, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE eventsource = 'ec2.amazonaws.com' AND eventname = 'RunInstances'
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, principal, awsregion, instance_type
