-- Use of long-term access keys
--
-- Each long-term access key (AKIA…) with whose it is, when it was used first and last, on
-- how many days and from how many addresses. Keys that are not here were not used in these
-- logs.
SELECT useridentity.accesskeyid AS access_key, min(useridentity.arn) AS principal,
  count(DISTINCT eventid) AS calls, count(DISTINCT substr(eventtime, 1, 10)) AS days,
  count(DISTINCT sourceipaddress) AS addresses, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE useridentity.accesskeyid LIKE 'AKIA%'
GROUP BY 1
ORDER BY last_seen, access_key
