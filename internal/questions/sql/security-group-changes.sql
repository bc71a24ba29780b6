-- Changes of security groups
--
-- Every change of a security group's rules, with the group and the rule.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.groupId'), json_extract_scalar(responseelements, '$.groupId'),
    json_extract_scalar(requestparameters, '$.groupName')) AS security_group,
  json_format(json_extract(requestparameters, '$.ipPermissions')) AS rules
FROM cloudtrail_logs
WHERE eventsource = 'ec2.amazonaws.com' AND eventname IN (
    'AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupIngress', 'RevokeSecurityGroupEgress',
    'CreateSecurityGroup', 'DeleteSecurityGroup', 'ModifySecurityGroupRules')
ORDER BY eventtime, principal, eventname
