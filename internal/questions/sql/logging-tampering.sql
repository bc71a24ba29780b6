-- Tampering with logging
--
-- Trails, event data stores, flow logs, query logs and log groups that were stopped,
-- changed or deleted, refused tries included.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.trailName'),
    json_extract_scalar(requestparameters, '$.logGroupName'), json_extract_scalar(requestparameters, '$.eventDataStore')) AS target
FROM cloudtrail_logs
WHERE (eventsource = 'cloudtrail.amazonaws.com' AND eventname IN (
    'StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors',
    'PutInsightSelectors', 'DeleteEventDataStore', 'UpdateEventDataStore', 'StopEventDataStoreIngestion'))
  OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'DeleteFlowLogs')
  OR (eventsource = 'route53resolver.amazonaws.com' AND eventname IN ('DeleteResolverQueryLogConfig', 'DisassociateResolverQueryLogConfig'))
  OR (eventsource = 'logs.amazonaws.com' AND eventname IN ('DeleteLogGroup', 'DeleteLogStream', 'PutRetentionPolicy', 'DeleteSubscriptionFilter'))
  OR (eventsource = 's3.amazonaws.com' AND eventname IN ('PutBucketLogging', 'PutBucketLifecycle'))
ORDER BY eventtime, principal, eventname
