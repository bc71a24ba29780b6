-- Looking around
--
-- Principals by how many different reading calls they made within one hour, at least so
-- many: inventory tools, or somebody new to the account.
--
-- param calls number 10: how many different calls
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, substr(eventtime, 1, 13) AS hour,
  count(DISTINCT concat(eventsource, eventname)) AS different_calls, count(DISTINCT eventsource) AS services,
  count(DISTINCT eventid) AS calls
FROM cloudtrail_logs
WHERE regexp_like(eventname, '^(Get|List|Describe|Lookup)') AND useridentity.invokedby IS NULL
GROUP BY 1, 2
HAVING count(DISTINCT concat(eventsource, eventname)) >= ?
ORDER BY different_calls DESC, principal, hour
