-- KMS keys on their way out
--
-- Keys whose deletion was scheduled or cancelled, that were disabled, or whose policy was
-- changed.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  json_extract_scalar(requestparameters, '$.keyId') AS key,
  json_extract_scalar(responseelements, '$.deletionDate') AS deletion_date
FROM cloudtrail_logs
WHERE eventsource = 'kms.amazonaws.com' AND eventname IN (
    'ScheduleKeyDeletion', 'CancelKeyDeletion', 'DisableKey', 'EnableKey',
    'DeleteImportedKeyMaterial', 'PutKeyPolicy', 'DisableKeyRotation')
ORDER BY eventtime, principal, eventname
