-- Principals that were refused many different calls
--
-- Principals who were refused at least so many different calls within one hour: the look
-- of somebody who tries what a stolen key can do.
--
-- param calls number 3: how many different calls
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, substr(eventtime, 1, 13) AS hour,
  count(DISTINCT concat(eventsource, eventname)) AS different_calls, count(DISTINCT eventid) AS denied,
  array_join(array_sort(array_agg(DISTINCT sourceipaddress)), ', ') AS addresses
FROM cloudtrail_logs
WHERE (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%Unauthorized%' OR errorcode LIKE '%NotAuthorized%')
GROUP BY 1, 2
HAVING count(DISTINCT concat(eventsource, eventname)) >= ?
ORDER BY different_calls DESC, principal, hour
