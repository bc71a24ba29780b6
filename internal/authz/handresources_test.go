package authz

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// resourceCase says on which resources a call is authorized, written by hand
// from AWS's ARN formats. {region} and {account} are the record's, {a.b} a
// request parameter; wild marks one of which the name is not known before.
type resourceCase struct {
	source, event, action string
	arns                  []string
}

const ec2ARN = "arn:aws:ec2:{region}:{account}:"

// resourceCases are held against real records of the corpora, of which nothing
// is kept here.
var resourceCases = []resourceCase{
	{"ec2", "StartInstances", "ec2:StartInstances", []string{ec2ARN + "instance/{instancesSet.items.instanceId}"}},
	{"ec2", "StopInstances", "ec2:StopInstances", []string{ec2ARN + "instance/{instancesSet.items.instanceId}"}},
	{"ec2", "GetPasswordData", "ec2:GetPasswordData", []string{ec2ARN + "instance/{instanceId}"}},
	{"ec2", "CreateKeyPair", "ec2:CreateKeyPair", []string{ec2ARN + "key-pair/{keyName}"}},
	{"ec2", "DeleteSecurityGroup", "ec2:DeleteSecurityGroup", []string{ec2ARN + "security-group/{groupId}"}},
	{"ec2", "AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupIngress", []string{ec2ARN + "security-group/{groupId}"}},
	{"ec2", "CreateRoute", "ec2:CreateRoute", []string{ec2ARN + "route-table/{routeTableId}"}},
	{"ec2", "DetachInternetGateway", "ec2:DetachInternetGateway", []string{ec2ARN + "internet-gateway/{internetGatewayId}", ec2ARN + "vpc/{vpcId}"}},
	{"ec2", "CreateSubnet", "ec2:CreateSubnet", []string{ec2ARN + "subnet/*", ec2ARN + "vpc/{vpcId}"}},
	{"ec2", "ModifyImageAttribute", "ec2:ModifyImageAttribute", []string{"arn:aws:ec2:{region}::image/{imageId}"}},
	{"ec2", "ModifySnapshotAttribute", "ec2:ModifySnapshotAttribute", []string{"arn:aws:ec2:{region}::snapshot/{snapshotId}"}},
	{"ec2", "DeleteVolume", "ec2:DeleteVolume", []string{ec2ARN + "volume/{volumeId}"}},
	{"ec2", "DeleteTransitGatewayVpcAttachment", "ec2:DeleteTransitGatewayVpcAttachment", []string{ec2ARN + "transit-gateway-attachment/{DelTGwVpcAttachReq.TransitGatewayAttachmentId}"}},
	{"iam", "PutRolePolicy", "iam:PutRolePolicy", []string{"arn:aws:iam::{account}:role/{roleName}"}},
	{"iam", "AddRoleToInstanceProfile", "iam:AddRoleToInstanceProfile", []string{"arn:aws:iam::{account}:instance-profile/{instanceProfileName}"}},
	{"iam", "AddRoleToInstanceProfile", "iam:PassRole", []string{"arn:aws:iam::{account}:role/{roleName}"}},
	{"iam", "CreateAccessKey", "iam:CreateAccessKey", []string{"arn:aws:iam::{account}:user/{userName}"}},
	{"iam", "AttachUserPolicy", "iam:AttachUserPolicy", []string{"arn:aws:iam::{account}:user/{userName}"}},
	{"iam", "ListPolicyVersions", "iam:ListPolicyVersions", []string{"{policyArn}"}},
	{"cloudtrail", "UpdateTrail", "cloudtrail:UpdateTrail", []string{"arn:aws:cloudtrail:{region}:{account}:trail/{name}"}},
	{"rds", "CreateDBSubnetGroup", "rds:CreateDBSubnetGroup", []string{"arn:aws:rds:{region}:{account}:subgrp:{dBSubnetGroupName}"}},
	{"rds", "CreateDBSnapshot", "rds:CreateDBSnapshot", []string{"arn:aws:rds:{region}:{account}:db:{dBInstanceIdentifier}", "arn:aws:rds:{region}:{account}:snapshot:{dBSnapshotIdentifier}"}},
	{"rds", "ModifyDBSnapshotAttribute", "rds:ModifyDBSnapshotAttribute", []string{"arn:aws:rds:{region}:{account}:snapshot:{dBSnapshotIdentifier}"}},
	{"rds", "DeleteDBInstance", "rds:DeleteDBInstance", []string{"arn:aws:rds:{region}:{account}:db:{dBInstanceIdentifier}"}},
	{"rds", "ListTagsForResource", "rds:ListTagsForResource", []string{"{resourceName}"}},
	{"lambda", "GetFunction20150331v2", "lambda:GetFunction", []string{"arn:aws:lambda:{region}:{account}:function:{functionName}"}},
	{"lambda", "DeleteFunction20150331", "lambda:DeleteFunction", []string{"arn:aws:lambda:{region}:{account}:function:{functionName}"}},
	{"lambda", "CreateFunction20150331", "iam:PassRole", []string{"{role}"}},
	{"secretsmanager", "GetSecretValue", "secretsmanager:GetSecretValue", []string{"{secretId}"}},
	{"secretsmanager", "CreateSecret", "secretsmanager:CreateSecret", []string{"arn:aws:secretsmanager:{region}:{account}:secret:{name}-??????"}},
	{"ssm", "SendCommand", "ssm:SendCommand", []string{ec2ARN + "instance/{instanceIds}", "arn:aws:ssm:{region}:*:document/{documentName}"}},
	{"ssm", "StartSession", "ssm:StartSession", []string{ec2ARN + "instance/{target}"}},
	{"ssm", "TerminateSession", "ssm:TerminateSession", []string{"arn:aws:ssm:{region}:{account}:session/{sessionId}"}},
	{"elasticloadbalancing", "AddTags", "elasticloadbalancing:AddTags", []string{"{resourceArns}"}},
	{"elasticloadbalancing", "CreateLoadBalancerPolicy", "elasticloadbalancing:CreateLoadBalancerPolicy", []string{"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{loadBalancerName}"}},
	{"cloudfront", "UpdateDistribution", "cloudfront:UpdateDistribution", []string{"arn:aws:cloudfront::{account}:distribution/{id}"}},
	{"cloudfront", "TagResource", "cloudfront:TagResource", []string{"{resource}"}},
	{"apigateway", "CreateStage", "apigateway:POST", []string{"arn:aws:apigateway:{region}::/restapis/{restApiId}/stages"}},
	{"apigateway", "TagResource", "apigateway:PUT", []string{"arn:aws:apigateway:{region}::/tags/{%resourceArn}"}},
	{"apigateway", "GetResource", "apigateway:GET", []string{"arn:aws:apigateway:{region}::/restapis/{restApiId}/resources/{resourceId}"}},
	{"elasticfilesystem", "CreateMountTarget", "elasticfilesystem:CreateMountTarget", []string{"arn:aws:elasticfilesystem:{region}:{account}:file-system/{fileSystemId}"}},
	{"appmesh", "CreateMesh", "appmesh:CreateMesh", []string{"arn:aws:appmesh:{region}:{account}:mesh/{meshName}"}},
	{"appmesh", "CreateVirtualGateway", "appmesh:CreateVirtualGateway", []string{"arn:aws:appmesh:{region}:{account}:mesh/{meshName}/virtualGateway/{virtualGatewayName}"}},
	{"cloudsearch", "CreateDomain", "cloudsearch:CreateDomain", []string{"arn:aws:cloudsearch:{region}:{account}:domain/{domainName}"}},
	{"guardduty", "GetDetector", "guardduty:GetDetector", []string{"arn:aws:guardduty:{region}:{account}:detector/{detectorId}"}},
	{"rolesanywhere", "DeleteTrustAnchor", "rolesanywhere:DeleteTrustAnchor", []string{"arn:aws:rolesanywhere:{region}:{account}:trust-anchor/{trustAnchorId}"}},
	{"rolesanywhere", "DeleteProfile", "rolesanywhere:DeleteProfile", []string{"arn:aws:rolesanywhere:{region}:{account}:profile/{profileId}"}},
	{"rolesanywhere", "CreateProfile", "iam:PassRole", []string{"{roleArns}"}},
	{"route53resolver", "DeleteResolverQueryLogConfig", "route53resolver:DeleteResolverQueryLogConfig", []string{"arn:aws:route53resolver:{region}:{account}:resolver-query-log-config/{resolverQueryLogConfigId}"}},
	{"bedrock", "InvokeModel", "bedrock:InvokeModel", []string{"arn:aws:bedrock:{region}::foundation-model/{modelId}"}},
	{"ec2-instance-connect", "SendSSHPublicKey", "ec2-instance-connect:SendSSHPublicKey", []string{ec2ARN + "instance/{instanceId}"}},
	{"logs", "CreateLogGroup", "logs:CreateLogGroup", []string{"arn:aws:logs:{region}:{account}:log-group:{logGroupName}:*"}},
}

// wanted fills the placeholders of a case; nil if the record lacks a parameter.
func (c resourceCase) wanted(call *Call) []string {
	var list []string
	for _, text := range c.arns {
		arns := []string{strings.NewReplacer("{region}", call.Region, "{account}", call.Account).Replace(text)}
		for strings.Contains(arns[0], "{") {
			open := strings.IndexByte(arns[0], '{')
			end := strings.IndexByte(arns[0], '}')
			name := arns[0][open+1 : end]
			values := parseParameters(call.Request).find(strings.TrimPrefix(name, "%"))
			if strings.HasPrefix(name, "DelTGw") {
				values = parseParameters(call.Request).find(name[strings.IndexByte(name, '.')+1:])
			}
			if len(values) == 0 {
				return nil
			}
			var next []string
			for _, v := range values {
				if strings.HasPrefix(name, "%") {
					v = url.QueryEscape(v)
				}
				if parts := strings.Split(v, ":"); strings.HasPrefix(arns[0], "arn:") && strings.HasPrefix(v, "arn:") && open > 0 {
					v = parts[len(parts)-1] // an ARN where a name may stand
				}
				next = append(next, arns[0][:open]+v+arns[0][end+1:])
			}
			arns = next
		}
		list = append(list, arns...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// TestResourceCases holds the resources that we find in the parameters of real
// records against what AWS's ARN formats say, by hand.
func TestResourceCases(t *testing.T) {
	const leastCases, leastServices = 30, 15
	calls := corpusCalls(t)
	found, services, records := 0, map[string]bool{}, 0
	for _, c := range resourceCases {
		seen := 0
		for _, call := range calls {
			if call.EventSource != c.source+".amazonaws.com" || call.EventName != c.event || call.ErrorCode != "" {
				continue
			}
			bare := *call
			bare.Resources = nil // only what the parameters say
			if partitionOf(&bare) != "aws" {
				continue
			}
			want := c.wanted(&bare)
			if want == nil {
				continue
			}
			seen++
			var got []string
			for _, n := range Resolve(&bare).Needs {
				if n.Action == c.action {
					got = append(got, n.Resource)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: %s on %q, want %q\n%s", c.source, c.event, c.action, got, want, bare.Request)
				break
			}
		}
		records += seen
		if seen > 0 {
			found++
			services[c.source] = true
		}
	}
	t.Logf("%d of %d cases have records (%d), of %d services", found, len(resourceCases), records, len(services))
	if os.Getenv("LEASTTRAIL_CORPUS") != "" && (found < leastCases || len(services) < leastServices) {
		t.Errorf("%d cases of %d services are too few", found, len(services))
	}
}
