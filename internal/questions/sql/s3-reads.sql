-- Who read which bucket
--
-- Objects read, by principal and bucket, with the bytes sent. Only trails with data events
-- have these.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  count(DISTINCT eventid) AS reads, count(DISTINCT json_extract_scalar(requestparameters, '$.key')) AS objects,
  sum(TRY_CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS bytes_out,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('GetObject', 'GetObjectVersion', 'SelectObjectContent') AND (errorcode IS NULL OR errorcode = '')
GROUP BY 1, 2
ORDER BY reads DESC, principal, bucket
