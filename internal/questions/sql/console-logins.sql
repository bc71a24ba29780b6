-- Who signed in to the console
--
-- Successful sign-ins by identity and address, with how many of them used a second factor.
-- For people who come through single sign-on, the identity provider asks for it and
-- CloudTrail says No.
SELECT coalesce(useridentity.arn, useridentity.principalid) AS principal, sourceipaddress,
  count(DISTINCT eventid) AS logins,
  count(DISTINCT CASE WHEN json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'Yes' THEN eventid END) AS with_mfa,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin' AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'
GROUP BY 1, 2
ORDER BY logins DESC, principal, sourceipaddress
