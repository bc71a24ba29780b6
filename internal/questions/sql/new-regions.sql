-- Regions that came into use
--
-- Regions in which an account made its first call on or after the day given: somebody
-- working where nobody looks.
--
-- param since text 2026-05-05: the first day that counts as new
SELECT recipientaccountid AS account, awsregion, min(eventtime) AS first_seen,
  count(DISTINCT eventid) AS calls, min_by(coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid), eventtime) AS first_principal
FROM cloudtrail_logs
GROUP BY 1, 2
HAVING min(eventtime) >= ?
ORDER BY first_seen, account, awsregion
