-- Age of access keys made in these logs
--
-- Access keys whose making the logs hold: for whom, by whom, and when they were used first
-- and last since. An empty first_use means that the key lies about unused.
WITH made AS (
  SELECT DISTINCT json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS access_key,
    json_extract_scalar(responseelements, '$.accessKey.userName') AS for_user,
    coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS made_by, eventtime AS made
  FROM cloudtrail_logs
  WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateAccessKey' AND (errorcode IS NULL OR errorcode = '')
), used AS (
  SELECT useridentity.accesskeyid AS access_key, min(eventtime) AS first_use, max(eventtime) AS last_use
  FROM cloudtrail_logs
  WHERE useridentity.accesskeyid LIKE 'AKIA%'
  GROUP BY 1
)
SELECT made.access_key, for_user, made_by, made, first_use, last_use,
  date_diff('day', from_iso8601_timestamp(made), from_iso8601_timestamp(last_use)) AS days_in_use
FROM made LEFT JOIN used ON made.access_key = used.access_key
ORDER BY made, access_key
