-- Services that call for somebody
--
-- Calls that an AWS service made with a principal's permissions (invokedBy): the principal
-- needs them though it never made them.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, useridentity.invokedby AS service, eventsource, eventname, count(DISTINCT eventid) AS calls
FROM cloudtrail_logs
WHERE useridentity.invokedby IS NOT NULL AND coalesce(useridentity.type, '') <> 'AWSService'
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC, principal, eventsource, eventname
