-- Changes of the network
--
-- Gateways, routes, network ACLs, peerings and VPC endpoints that were made, changed or
-- removed.
SELECT DISTINCT eventtime, coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid, useridentity.accountid) AS principal,
  eventname, awsregion, sourceipaddress, errorcode
FROM cloudtrail_logs
WHERE eventsource = 'ec2.amazonaws.com'
  AND regexp_like(eventname, '^(Accept|Associate|Attach|Create|Delete|Detach|Disassociate|Modify|Replace)(CustomerGateway|InternetGateway|EgressOnlyInternetGateway|NatGateway|NetworkAcl|NetworkAclEntry|NetworkAclAssociation|Route|RouteTable|TransitGateway|Vpc|VpnConnection|VpnGateway|Subnet)')
ORDER BY eventtime, principal, eventname
