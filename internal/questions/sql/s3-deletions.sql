-- Deleted buckets and objects
--
-- Who deleted buckets, or objects (if the trail has data events), and how many.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, json_extract_scalar(requestparameters, '$.bucketName') AS bucket, eventname,
  count(DISTINCT eventid) AS calls, count(DISTINCT CASE WHEN (errorcode IS NULL OR errorcode = '') THEN eventid END) AS done,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('DeleteBucket', 'DeleteObject', 'DeleteObjects', 'DeleteObjectVersion')
GROUP BY 1, 2, 3
ORDER BY calls DESC, principal, bucket, eventname
