-- What the logs hold
--
-- Records by account, region and category, with the first and last of each and on how many
-- days there are any: a gap here is a gap in every answer.
SELECT recipientaccountid AS account, awsregion, eventcategory, count(DISTINCT eventid) AS events,
  count(DISTINCT substr(eventtime, 1, 10)) AS days, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
GROUP BY 1, 2, 3
ORDER BY account, awsregion, eventcategory
