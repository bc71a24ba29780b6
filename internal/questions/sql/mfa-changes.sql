-- Changes of MFA devices
--
-- Second factors that were switched on, off or removed.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  json_extract_scalar(requestparameters, '$.userName') AS target
FROM cloudtrail_logs
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('EnableMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice', 'CreateVirtualMFADevice', 'ResyncMFADevice')
ORDER BY eventtime, principal, eventname
