-- Changes of users, roles and policies
--
-- Every IAM call that changed something, in order.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.roleName'),
    json_extract_scalar(requestparameters, '$.groupName'), json_extract_scalar(requestparameters, '$.policyName'),
    json_extract_scalar(requestparameters, '$.instanceProfileName'), json_extract_scalar(requestparameters, '$.policyArn')) AS target
FROM cloudtrail_logs
WHERE eventsource = 'iam.amazonaws.com' AND eventtype = 'AwsApiCall'
  AND NOT regexp_like(eventname, '^(Get|List|Generate|Simulate)')
ORDER BY eventtime, principal, eventname
