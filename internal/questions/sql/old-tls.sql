-- Calls over old TLS
--
-- Callers that still use TLS before 1.2.
SELECT coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal, eventsource, tlsdetails.tlsversion AS tls_version, count(DISTINCT eventid) AS calls,
  min(useragent) AS one_user_agent, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE tlsdetails.tlsversion IN ('TLSv1', 'TLSv1.1', 'SSLv3')
GROUP BY 1, 2, 3
ORDER BY calls DESC, principal, eventsource
