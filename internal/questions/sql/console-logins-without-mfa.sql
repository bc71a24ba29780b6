-- Console logins without MFA
--
-- IAM users and the root user who signed in to the console without a second factor. Roles
-- are left out: their sign-in is the identity provider's.
SELECT DISTINCT eventtime, useridentity.type AS type, useridentity.arn AS principal, awsregion, sourceipaddress, useragent
FROM cloudtrail_logs
WHERE eventname = 'ConsoleLogin'
  AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'
  AND useridentity.type IN ('IAMUser', 'Root')
  AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No'
ORDER BY eventtime, principal
