-- Changes of running code
--
-- Lambda functions whose code or settings were changed, and instances whose start-up
-- script was.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.functionName'), json_extract_scalar(requestparameters, '$.instanceId')) AS target
FROM cloudtrail_logs
WHERE (eventsource = 'lambda.amazonaws.com' AND regexp_like(eventname, '^(CreateFunction|UpdateFunctionCode|UpdateFunctionConfiguration|PublishLayerVersion|DeleteFunction)'))
  OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'ModifyInstanceAttribute' AND regexp_like(requestparameters, '"userData"'))
ORDER BY eventtime, principal, eventname
