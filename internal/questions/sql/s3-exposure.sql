-- Changes of who can reach S3 buckets
--
-- Bucket policies, ACLs, public access blocks, website and cross-origin settings that were
-- changed, with what was set.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.bucketName'), 'the account') AS bucket,
  coalesce(json_format(json_extract(requestparameters, '$.bucketPolicy')), json_extract_scalar(requestparameters, '$.policy'),
    json_format(json_extract(requestparameters, '$.PublicAccessBlockConfiguration')),
    json_format(json_extract(requestparameters, '$.AccessControlPolicy')), json_extract_scalar(requestparameters, '$["x-amz-acl"][0]')) AS setting
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com' AND eventname IN (
    'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'PutObjectAcl',
    'PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock', 'PutPublicAccessBlock', 'DeletePublicAccessBlock',
    'PutAccountPublicAccessBlock', 'DeleteAccountPublicAccessBlock', 'PutBucketWebsite', 'PutBucketCors',
    'PutBucketOwnershipControls', 'DeleteBucketOwnershipControls', 'PutAccessPointPolicy', 'DeleteAccessPointPolicy',
    'PutBucketReplication')
ORDER BY eventtime, principal, eventname
