-- Ways onto instances
--
-- Sessions, commands, keys and passwords by which somebody got onto instances or into
-- containers.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode, eventsource,
  coalesce(json_extract_scalar(requestparameters, '$.target'), json_extract_scalar(requestparameters, '$.instanceId'),
    json_format(json_extract(requestparameters, '$.instanceIds')), json_extract_scalar(requestparameters, '$.task')) AS target
FROM cloudtrail_logs
WHERE (eventsource = 'ssm.amazonaws.com' AND eventname IN ('StartSession', 'ResumeSession', 'SendCommand'))
  OR (eventsource = 'ec2-instance-connect.amazonaws.com' AND eventname IN ('SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel'))
  OR (eventsource = 'ec2.amazonaws.com' AND eventname IN ('GetPasswordData', 'EnableSerialConsoleAccess'))
  OR (eventsource = 'ecs.amazonaws.com' AND eventname = 'ExecuteCommand')
ORDER BY eventtime, principal, eventname
