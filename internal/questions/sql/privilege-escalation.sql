-- Calls by which permissions can be raised
--
-- Successful and refused calls that can give somebody more permissions: policies attached
-- or written, trust changed, keys and passwords made for others, code put under a role.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.roleName'),
    json_extract_scalar(requestparameters, '$.groupName'), json_extract_scalar(requestparameters, '$.functionName'),
    json_extract_scalar(requestparameters, '$.policyArn')) AS target,
  json_extract_scalar(requestparameters, '$.policyArn') AS policy
FROM cloudtrail_logs
WHERE (eventsource = 'iam.amazonaws.com' AND eventname IN (
    'AddUserToGroup', 'AttachGroupPolicy', 'AttachRolePolicy', 'AttachUserPolicy',
    'CreateAccessKey', 'CreateLoginProfile', 'CreatePolicyVersion', 'PutGroupPolicy',
    'PutRolePolicy', 'PutUserPolicy', 'SetDefaultPolicyVersion', 'UpdateAssumeRolePolicy',
    'UpdateLoginProfile', 'DeleteRolePermissionsBoundary', 'DeleteUserPermissionsBoundary', 'PutRolePermissionsBoundary',
    'PutUserPermissionsBoundary', 'AddRoleToInstanceProfile'))
  OR (eventsource = 'lambda.amazonaws.com' AND regexp_like(eventname, '^(CreateFunction|UpdateFunctionCode|UpdateFunctionConfiguration)'))
  OR (eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRoot')
  OR (eventsource = 'glue.amazonaws.com' AND eventname IN ('CreateDevEndpoint', 'UpdateDevEndpoint'))
ORDER BY eventtime, principal, eventname
