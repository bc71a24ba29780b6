-- Who read secrets and parameters
--
-- Secrets and encrypted parameters that were fetched, by principal, with refused tries.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, eventsource, eventname,
  coalesce(json_extract_scalar(requestparameters, '$.secretId'), json_extract_scalar(requestparameters, '$.name'),
    json_format(json_extract(requestparameters, '$.names')), json_extract_scalar(requestparameters, '$.path')) AS secret,
  count(DISTINCT eventid) AS calls, count(DISTINCT CASE WHEN (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%Unauthorized%' OR errorcode LIKE '%NotAuthorized%') THEN eventid END) AS denied,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE (eventsource = 'secretsmanager.amazonaws.com' AND eventname IN ('GetSecretValue', 'BatchGetSecretValue'))
  OR (eventsource = 'ssm.amazonaws.com' AND eventname IN ('GetParameter', 'GetParameters', 'GetParametersByPath')
    AND json_extract_scalar(requestparameters, '$.withDecryption') = 'true')
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, principal, secret
