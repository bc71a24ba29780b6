-- Changes of identity providers
--
-- SAML and OpenID Connect providers, IAM Roles Anywhere trust anchors and profiles that
-- were made, changed or removed: ways in from outside.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.url'), json_extract_scalar(requestparameters, '$.name'),
    json_extract_scalar(requestparameters, '$.sAMLProviderArn'), json_extract_scalar(requestparameters, '$.openIDConnectProviderArn')) AS target
FROM cloudtrail_logs
WHERE (eventsource = 'iam.amazonaws.com' AND regexp_like(eventname, '(SAML|OpenIDConnect)') AND NOT regexp_like(eventname, '^(Get|List)'))
  OR (eventsource = 'rolesanywhere.amazonaws.com' AND NOT regexp_like(eventname, '^(Get|List)'))
ORDER BY eventtime, principal, eventname
