-- Tampering with detection
--
-- GuardDuty, Config, Security Hub, Macie, Inspector, Access Analyzer and CloudWatch alarms
-- that were switched off or changed.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode, eventsource
FROM cloudtrail_logs
WHERE (eventsource = 'guardduty.amazonaws.com' AND regexp_like(eventname, '^(Delete|Disable|Disassociate|Stop|Update|CreateIPSet|CreateFilter)'))
  OR (eventsource = 'config.amazonaws.com' AND regexp_like(eventname, '^(Delete|Stop|PutConfigurationRecorder)'))
  OR (eventsource IN ('securityhub.amazonaws.com', 'macie2.amazonaws.com', 'inspector2.amazonaws.com') AND regexp_like(eventname, '^(Delete|Disable|Disassociate|BatchDisable)'))
  OR (eventsource = 'access-analyzer.amazonaws.com' AND eventname IN ('DeleteAnalyzer', 'CreateArchiveRule'))
  OR (eventsource = 'monitoring.amazonaws.com' AND eventname IN ('DeleteAlarms', 'DisableAlarmActions', 'SetAlarmState'))
ORDER BY eventtime, principal, eventname
