-- Resources shared with others
--
-- Snapshots, images, databases, functions, queues, topics, secrets and keys whose own
-- policy or attributes were changed so that others may use them.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode, eventsource, requestparameters
FROM cloudtrail_logs
WHERE (errorcode IS NULL OR errorcode = '') AND (
  (eventsource = 'ec2.amazonaws.com' AND eventname IN ('ModifySnapshotAttribute', 'ModifyImageAttribute') AND regexp_like(requestparameters, '"add"'))
  OR (eventsource = 'rds.amazonaws.com' AND eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute') AND regexp_like(requestparameters, '"valuesToAdd"'))
  OR (eventsource = 'lambda.amazonaws.com' AND regexp_like(eventname, '^Add(LayerVersion)?Permission'))
  OR (eventsource IN ('sqs.amazonaws.com', 'sns.amazonaws.com') AND eventname = 'AddPermission')
  OR (eventsource IN ('secretsmanager.amazonaws.com', 'glue.amazonaws.com', 'logs.amazonaws.com', 'dynamodb.amazonaws.com') AND eventname = 'PutResourcePolicy')
  OR (eventsource = 'ecr.amazonaws.com' AND eventname = 'SetRepositoryPolicy')
  OR (eventsource = 'kms.amazonaws.com' AND eventname IN ('PutKeyPolicy', 'CreateGrant') AND useridentity.invokedby IS NULL)
  OR (eventsource = 'ram.amazonaws.com' AND eventname IN ('CreateResourceShare', 'AssociateResourceShare')))
ORDER BY eventtime, principal, eventname
