-- Changes of the organization
--
-- Accounts that were invited, made, moved or left, and service control policies that were
-- changed.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode
FROM cloudtrail_logs
WHERE eventsource = 'organizations.amazonaws.com' AND NOT regexp_like(eventname, '^(Describe|List)')
ORDER BY eventtime, principal, eventname
