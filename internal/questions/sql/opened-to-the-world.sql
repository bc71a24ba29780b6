-- Security groups opened to the world
--
-- Rules that let any address in (0.0.0.0/0 or ::/0).
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  json_extract_scalar(requestparameters, '$.groupId') AS security_group,
  json_format(json_extract(requestparameters, '$.ipPermissions')) AS rules
FROM cloudtrail_logs
WHERE eventsource = 'ec2.amazonaws.com' AND eventname IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
  AND (errorcode IS NULL OR errorcode = '') AND regexp_like(requestparameters, '"(0\.0\.0\.0/0|::/0)"')
ORDER BY eventtime, principal, eventname
