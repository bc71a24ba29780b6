package sample

// deployRuns is what somebody who releases services does: alice, and the users
// that a benchmark asks for.
const deployRuns = `
	10: ecr.GetAuthorizationToken ecr.DescribeRepositories ecr.BatchCheckLayerAvailability*2-4 ecr.InitiateLayerUpload ecr.UploadLayerPart*1-3 ecr.CompleteLayerUpload ecr.PutImage ecr.DescribeImages
	14: s3.PutObject lambda.UpdateFunctionCode20150331v2 lambda.GetFunction20150331v2*1-4 lambda.PublishVersion20150331 lambda.UpdateAlias20150331 logs.FilterLogEvents*1-3
	4: lambda.GetFunction20150331v2? iam.GetRole lambda.CreateFunction20150331 logs.CreateLogGroup logs.PutRetentionPolicy lambda.AddPermission20150331v2 monitoring.PutMetricAlarm
	5: lambda.GetFunctionConfiguration20150331v2 lambda.UpdateFunctionConfiguration20150331v2 lambda.GetFunction20150331v2
	7: dynamodb.ListTables dynamodb.DescribeTable*1-3 dynamodb.DescribeTimeToLive
	4: dynamodb.DescribeTable? dynamodb.CreateTable dynamodb.DescribeTable*2 dynamodb.UpdateTimeToLive
	2: dynamodb.DescribeTable dynamodb.UpdateTable dynamodb.DescribeTable
	9: logs.DescribeLogGroups logs.DescribeLogStreams logs.GetLogEvents*1-5 logs.StartQuery logs.GetQueryResults*2-4
	8: s3.ListBuckets s3.GetBucketLocation s3.ListObjects*1-3 s3.GetObject*1-4 s3.HeadObject
	5: sts.GetCallerIdentity lambda.ListFunctions20150331*1-2 monitoring.DescribeAlarms
	3: cloudformation.DescribeStacks cloudformation.CreateChangeSet cloudformation.DescribeChangeSet*1-3 cloudformation.ExecuteChangeSet lambda.UpdateFunctionConfiguration20150331v2~ cloudformation.DescribeStackEvents*1-3
	5: signin.ConsoleLogin health.DescribeEventAggregates lambda.ListFunctions20150331 monitoring.DescribeAlarms
	2: iam.AttachRolePolicy! iam.GetRole iam.ListAttachedRolePolicies
	4: ec2.RunInstances!
	2: kms.Decrypt! secretsmanager.GetSecretValue!
	1: lambda.UpdateFunctionCode20150331v2? lambda.GetFunction20150331v2 lambda.UpdateFunctionCode20150331v2
	1: s3.DeleteObject dynamodb.DeleteTable!`

// alicePools are the things of alice's team.
var alicePools = map[string][]string{
	"bucket": {"example-shop-artifacts", "example-shop-releases"},
	"fn":     {"shop-orders", "shop-checkout", "shop-mailer"},
	"table":  {"shop-orders", "shop-carts"},
	"repo":   {"shop/api", "shop/worker"},
	"stack":  {"shop-service"},
	"prefix": {"releases/"},
	"kms":    {"payments"},
	"secret": {"shop/prod/payments"},
}

// company is everybody in the trail, with their runs.
var company = []struct {
	actor
	runs string
}{
	{actor{name: "alice", kind: iamUser, weight: 18, office: true, ip: "203.0.113.24",
		agents: []string{agentCLI, agentCLI, agentDocker, agentConsole}, pools: alicePools}, deployRuns},
	{actor{name: "bob", kind: iamUser, weight: 6, office: true, ip: "203.0.113.57",
		agents: []string{agentBoto, agentConsole}, pools: map[string][]string{"bucket": {"example-data-lake", "example-athena-results"}}}, `
		12: glue.GetDatabase glue.GetTables glue.GetTable athena.GetWorkGroup athena.StartQueryExecution athena.GetQueryExecution*2-6 athena.GetQueryResults*1-3 s3.GetObject*1-4
		5: athena.ListQueryExecutions athena.GetQueryExecution*1-5
		4: s3.ListBuckets s3.ListObjects*1-4 s3.GetObject*1-6 s3.PutObject
		2: glue.GetPartitions*1-4 glue.StartJobRun glue.GetJobRun*1-6
		1: s3.GetObject! secretsmanager.GetSecretValue!
		1: sts.GetSessionToken ce.GetCostAndUsage ce.GetDimensionValues`},
	{actor{name: "carol", kind: iamUser, weight: 4, office: true, ip: "198.51.100.18",
		agents: []string{agentConsole, agentCLI}}, `
		5: signin.ConsoleLogin signin.CheckMfa iam.ListUsers iam.ListRoles iam.GetAccountSummary
		8: iam.GetUser iam.ListAccessKeys iam.GetAccessKeyLastUsed*1-2 iam.ListMFADevices
		6: iam.ListPolicies iam.GetPolicy*1-3 iam.GetPolicyVersion*1-3 iam.SimulatePrincipalPolicy
		5: guardduty.ListDetectors guardduty.ListFindings guardduty.GetFindings*1-4 securityhub.GetFindings
		5: cloudtrail.LookupEvents*1-6 cloudtrail.DescribeTrails cloudtrail.GetTrailStatus cloudtrail.GetEventSelectors
		5: config.DescribeComplianceByConfigRule config.GetResourceConfigHistory*1-3 config.SelectResourceConfig
		6: s3.ListBuckets s3.GetBucketAcl s3.GetBucketPolicy s3.GetBucketEncryption s3.GetBucketVersioning s3.GetBucketPublicAccessBlock
		2: access-analyzer.ListFindings*1-2 organizations.DescribeOrganization organizations.ListAccounts
		2: iam.GenerateCredentialReport iam.GetCredentialReport iam.GetAccountAuthorizationDetails*1-4`},
	{actor{name: "dave", kind: iamUser, weight: 6, office: true, ip: "2001:db8:31::d4",
		// Nobody is created who is at work already: that would be another user from then on.
		agents: []string{agentTerraform, agentTerraform, agentCLI}, pools: map[string][]string{"user": {"frank", "grace", "heidi", "ivan", "judy", "backup-agent"}}}, `
		10: sts.GetCallerIdentity ec2.DescribeVpcs ec2.DescribeSubnets*1-3 ec2.DescribeSecurityGroups*1-3 ec2.DescribeRouteTables ec2.DescribeNatGateways ec2.DescribeVpcEndpoints
		6: ec2.DescribeImages ec2.DescribeLaunchTemplateVersions ec2.DescribeInstanceTypes ec2.RunInstances ec2.DescribeInstances*2-5 ec2.CreateTags
		4: ec2.AuthorizeSecurityGroupIngress ec2.DescribeSecurityGroups
		4: ec2.StopInstances ec2.DescribeInstanceStatus*1-4 ec2.StartInstances
		2: ec2.TerminateInstances ec2.DescribeInstances
		5: elasticloadbalancing.DescribeLoadBalancers elasticloadbalancing.DescribeTargetGroups elasticloadbalancing.DescribeTargetHealth elasticloadbalancing.ModifyListener
		4: route53.ListHostedZones route53.ListResourceRecordSets*1-3 route53.ChangeResourceRecordSets route53.GetChange*1-3
		4: rds.DescribeDBInstances*1-2 rds.CreateDBSnapshot rds.ModifyDBInstance rds.RebootDBInstance
		3: iam.CreateRole iam.PutRolePolicy iam.GetRole iam.GetRolePolicy iam.ListRolePolicies
		3: ssm.PutParameter ssm.GetParameter ssm.DescribeParameters
		3: acm.ListCertificates acm.DescribeCertificate cloudfront.GetDistribution2020_05_31 cloudfront.CreateInvalidation
		2: ecs.RegisterTaskDefinition ecs.UpdateService ecs.DescribeServices*2-5
		2: states.UpdateStateMachine events.PutRule events.PutTargets
		2: iam.CreateUser iam.AttachUserPolicy iam.CreateAccessKey
		1: wafv2.GetWebACL elasticfilesystem.DescribeFileSystems elasticache.DescribeCacheClusters`},
	{actor{name: "erin", kind: iamUser, weight: 3, account: 1, office: true, ip: "198.51.100.77",
		agents: []string{agentConsole}}, `
		6: signin.ConsoleLogin ec2.DescribeInstances ec2.DescribeInstanceStatus
		5: rds.DescribeDBInstances rds.DownloadDBLogFilePortion*1-4 rds.ModifyDBInstance!
		5: ssm.StartSession ssm.StartSession! ssm.SendCommand
		3: ec2.TerminateInstances! cloudtrail.StopLogging! logs.DeleteLogGroup!
		2: support.DescribeTrustedAdvisorChecks health.DescribeEventAggregates`},
	{actor{name: "legacy-uploader", kind: iamUser, weight: 5, ip: "192.0.2.140",
		agents: []string{agentJava}, pools: map[string][]string{"bucket": {"example-shop-assets"}, "prefix": {"images/"}}}, `
		20: s3.PutObject*1-8
		3: s3.HeadObject*1-4 s3.DeleteObject
		1: s3.CopyObject*1-2 s3.GetObject!`},
	{actor{name: "ci-deploy", kind: webRole, weight: 7, ip: "192.0.2.65", sessions: []string{"GitHubActions"},
		agents: []string{agentTerraform, agentDocker, agentCLI}, pools: alicePools}, `
		8: sts.AssumeRoleWithWebIdentity sts.GetCallerIdentity ecr.GetAuthorizationToken ecr.BatchCheckLayerAvailability*1-3 ecr.InitiateLayerUpload ecr.UploadLayerPart*1-4 ecr.CompleteLayerUpload ecr.PutImage
		6: ecs.DescribeTaskDefinition ecs.RegisterTaskDefinition ecs.UpdateService ecs.DescribeServices*3-9
		5: s3.PutObject*1-3 lambda.UpdateFunctionCode20150331v2 lambda.GetFunctionConfiguration20150331v2*1-4 lambda.PublishVersion20150331 lambda.UpdateAlias20150331
		3: apigateway.GetRestApis apigateway.CreateDeployment apigateway.UpdateStage apigateway.GetStages
		3: cloudformation.DescribeStacks cloudformation.UpdateStack cloudformation.DescribeStackEvents*2-6 ecs.UpdateService~
		2: codebuild.StartBuild codebuild.BatchGetBuilds*1-4 codepipeline.GetPipelineState
		2: cloudfront.CreateInvalidation`},
	{actor{name: "shop-task", kind: machineRole, weight: 15, account: -1, ip: "10.0.3.19",
		sessions: []string{"c2f1a09b5e6d4c5f8a7b", "1d7e0c3a9b8f4e2d6c5a", "7a6b5c4d3e2f1a0b9c8d"}, agents: []string{agentJS}}, `
		20: dynamodb.GetItem*1-4 dynamodb.PutItem dynamodb.UpdateItem
		10: dynamodb.Query*1-3 sqs.SendMessage sns.Publish
		8: sqs.ReceiveMessage*1-3 dynamodb.UpdateItem sqs.DeleteMessage
		6: kms.Decrypt secretsmanager.GetSecretValue ssm.GetParametersByPath
		4: s3.GetObject*1-3 s3.PutObject
		3: events.PutEvents states.StartExecution
		2: lambda.Invoke*1-3
		1: bedrock.InvokeModel*1-3`},
	{actor{name: "data-pipeline", kind: machineRole, weight: 7, ip: "10.0.7.41",
		sessions: []string{"GlueJobRunnerSession", "orders-to-parquet"}, agents: []string{agentJava, agentBoto},
		pools: map[string][]string{"bucket": {"example-data-lake"}, "kms": {"data"}}}, `
		14: s3.ListObjects s3.GetObject*2-9 kms.Decrypt s3.PutObject*1-4 kms.GenerateDataKey
		5: glue.GetTable glue.GetPartitions glue.BatchCreatePartition
		3: kinesis.DescribeStreamSummary kinesis.ListShards kinesis.PutRecords*1-5
		2: logs.CreateLogStream logs.CreateLogStream?`},
	{actor{name: "eks-node", kind: machineRole, weight: 9, account: -1, ip: "10.0.12.77",
		sessions: []string{"i-0a1b2c3d4e5f60718", "i-0b2c3d4e5f6071829", "i-0c3d4e5f607182930"}, agents: []string{agentKubelet}}, `
		10: ec2.DescribeInstances ec2.DescribeInstanceTypes ec2.DescribeNetworkInterfaces*1-3
		6: ec2.CreateNetworkInterface ec2.AttachNetworkInterface ec2.AssignPrivateIpAddresses ec2.CreateTags
		3: ec2.DeleteNetworkInterface
		6: ecr.GetAuthorizationToken ecr.BatchGetImage*1-2 ecr.GetDownloadUrlForLayer*1-6
		3: eks.AssumeRoleForPodIdentity eks.DescribeCluster
		2: autoscaling.DescribeAutoScalingGroups autoscaling.SetDesiredCapacity autoscaling.TerminateInstanceInAutoScalingGroup`},
	{actor{name: "web-instance", kind: machineRole, weight: 10, account: -1, ip: "10.0.12.90",
		sessions: []string{"i-0d4e5f60718293041", "i-0e5f6071829304152"}, agents: []string{agentSSM, agentBoto}}, `
		14: ssm.UpdateInstanceInformation ssm.ListInstanceAssociations
		4: ssm.GetParameter ssm.GetParameters
		3: s3.GetObject*1-3
		2: ec2.DescribeTags ec2.DescribeAvailabilityZones`},
	{actor{name: "monitoring-vendor", kind: personRole, weight: 9, account: -1, ip: "192.0.2.201",
		sessions: []string{"VendorMetrics"}, agents: []string{agentBoto}, path: "/vendor/"}, `
		10: ec2.DescribeInstances ec2.DescribeVolumes ec2.DescribeSnapshots ec2.DescribeTags
		8: monitoring.ListMetrics monitoring.GetMetricData*1-4
		6: lambda.ListFunctions20150331 lambda.ListTags20170331*1-3 lambda.GetPolicy20150331v2
		5: rds.DescribeDBInstances rds.DescribeDBClusters rds.DescribeDBSnapshots
		4: sqs.ListQueues sqs.GetQueueAttributes*1-3 sns.ListTopics sns.GetTopicAttributes
		4: ecs.DescribeClusters ecs.ListTasks ecs.DescribeTasks eks.ListClusters eks.ListNodegroups
		3: kms.ListKeys kms.ListAliases kms.DescribeKey*1-3 kms.GetKeyRotationStatus*1-2
		3: tagging.GetResources*1-3 backup.ListBackupJobs states.ListStateMachines events.ListRules
		2: secretsmanager.ListSecrets secretsmanager.DescribeSecret cognito-idp.ListUserPools bedrock.ListFoundationModels
		2: logs.DescribeLogGroups*1-3 firehose.DescribeDeliveryStream cloudformation.ListStacks cloudformation.GetTemplate
		1: config.DescribeConfigurationRecorders cloudfront.ListDistributions route53.ListHostedZones`},
	{actor{name: "AWSReservedSSO_PlatformAdmin_0a1b2c3d4e5f6071", kind: personRole, weight: 4, account: -1, office: true,
		ip: "203.0.113.88", path: "/aws-reserved/sso.amazonaws.com/eu-central-1/",
		sessions: []string{"frank@example.com", "grace@example.com"}, agents: []string{agentConsole, agentCLI}}, `
		6: health.DescribeEventAggregates ec2.DescribeInstances ec2.DescribeSecurityGroups monitoring.GetDashboard
		5: lambda.ListFunctions20150331 lambda.ListVersionsByFunction20150331 logs.DescribeLogStreams logs.GetLogEvents*1-4
		3: ssm.StartSession cloudshell.CreateEnvironment
		3: sqs.GetQueueUrl sqs.SetQueueAttributes sns.Subscribe
		2: s3.CreateBucket s3.PutBucketTagging
		2: secretsmanager.PutSecretValue secretsmanager.DescribeSecret
		2: lambda.DeleteFunction20150331 logs.DeleteLogGroup
		1: cognito-idp.AdminGetUser*1-3 states.DescribeExecution*1-3 events.DescribeRule`},
	{actor{name: "support-readonly", kind: personRole, weight: 2, account: 1, office: true, ip: "198.51.100.90",
		sessions: []string{"heidi", "ivan"}, agents: []string{agentConsole}}, `
		5: ec2.DescribeInstances rds.DescribeDBInstances logs.FilterLogEvents*1-3
		2: dynamodb.DescribeTable s3.ListObjects!
		1: kms.Encrypt lambda.Invoke!`},
	{actor{name: "root", kind: rootUser, weight: 0.15, office: true, ip: "203.0.113.2", agents: []string{agentConsole}}, `
		3: signin.ConsoleLogin iam.GetAccountSummary iam.ListAccessKeys
		1: support.DescribeTrustedAdvisorChecks ce.GetCostAndUsage`},
	{actor{name: "ec2.amazonaws.com", kind: awsService, weight: 4, account: -1}, `1: sts.AssumeRole*1-3`},
	{actor{name: "lambda.amazonaws.com", kind: awsService, weight: 4, account: -1}, `1: sts.AssumeRole*1-2`},
	{actor{name: "ecs-tasks.amazonaws.com", kind: awsService, weight: 2, account: -1}, `
		3: sts.AssumeRole
		1: ecs.SubmitTaskStateChange ecs.DiscoverPollEndpoint`},
	{actor{name: "config.amazonaws.com", kind: awsService, weight: 2, account: -1}, `
		3: sts.AssumeRole s3.GetBucketAcl config.PutEvaluations
		1: securityhub.BatchImportFindings`},
	{actor{name: "cloudtrail.amazonaws.com", kind: awsService, weight: 2, account: -1,
		pools: map[string][]string{"bucket": {"example-audit"}}}, `1: s3.GetBucketAcl kms.GenerateDataKey*1-2`},
	{actor{name: "kms.amazonaws.com", kind: awsService, weight: 0.3, account: -1}, `1: kms.RotateKey`},
	{actor{name: "secretsmanager.amazonaws.com", kind: awsService, weight: 0.3, account: -1}, `1: secretsmanager.RotationSucceeded`},
	{actor{name: "AWSServiceRoleForBackup", kind: machineRole, weight: 1.2, path: "/aws-service-role/backup.amazonaws.com/",
		sessions: []string{"AWSBackup-AWSServiceRoleForBackup"}, ip: "backup.amazonaws.com", agents: []string{"backup.amazonaws.com"}}, `
		3: ec2.CreateSnapshot ec2.CreateTags
		2: ec2.DeleteSnapshot
		1: backup.StartBackupJob rds.CreateDBSnapshot kms.CreateGrant`},
	{actor{name: "scheduler", kind: machineRole, weight: 1.5, ip: "events.amazonaws.com",
		sessions: []string{"nightly-report"}, agents: []string{"events.amazonaws.com"}}, `
		3: ecs.RunTask
		2: logs.PutSubscriptionFilter
		1: elasticloadbalancing.RegisterTargets elasticloadbalancing.DeregisterTargets`},
}
