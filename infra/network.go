package infra

import (
	"net/netip"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticloadbalancingv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticloadbalancingv2targets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/jsii-runtime-go"
)

// The network's addresses: two zones, each with a small part for the endpoint and one for the load balancer, for which 27
// bits are the least that AWS takes.
const (
	networkCIDR           = "10.40.0.0/24"
	networkZones          = 2
	endpointBits          = 28
	balancerBits          = 27
	endpointPart          = "Endpoint"
	balancerPart          = "Balancer"
	httpsPort             = 443
	reservedFirst         = 4 // of each part, addresses are AWS's own: the first four and the last
	addressesOfAnEndpoint = 1<<(32-endpointBits) - reservedFirst - 1
	firstEndpoints        = "10.40.0.0/28"
)

// network is the way of a request to a gateway that has no address in the Internet: CloudFront → load balancer → endpoint →
// gateway. Nothing in it has a public address, and nothing in it reaches the Internet: no NAT.
type network struct {
	stack    awscdk.Stack
	endpoint awsec2.InterfaceVpcEndpoint
	balancer awselasticloadbalancingv2.ApplicationLoadBalancer
}

// newNetworkStack makes the way. It is a stack of its own: it costs by the hour, and nothing that is deployed often is in it.
func newNetworkStack(app awscdk.App, stage Stage, domain Domain) *network {
	n := &network{stack: newStack(app, stage, "network", "rez_agent: the way from CloudFront to the private API")}
	vpc := n.newVPC(stage)
	atBalancer := n.newGroup(vpc, "BalancerGroup", "What CloudFront sends to the load balancer")
	atEndpoint := n.newGroup(vpc, "EndpointGroup", "What the load balancer sends to the endpoint of the gateway")
	https := awsec2.Port_Tcp(jsii.Number(httpsPort))
	// CloudFront comes in by network interfaces of its own, in these very parts.
	atBalancer.AddIngressRule(awsec2.Peer_Ipv4(jsii.String(networkCIDR)), https, jsii.String("CloudFront's interfaces"), nil)
	atBalancer.AddEgressRule(atEndpoint, https, jsii.String("The gateway's endpoint"), nil)
	atEndpoint.AddIngressRule(atBalancer, https, jsii.String("The load balancer"), nil)
	n.endpoint = n.newEndpoint(vpc, atEndpoint)
	n.balancer = n.newBalancer(vpc, atBalancer, stage, domain)
	return n
}

// newVPC has an Internet gateway that no route leads to: CloudFront enters no network without one.
func (n *network) newVPC(stage Stage) awsec2.Vpc {
	vpc := awsec2.NewVpc(n.stack, jsii.String("Network"), &awsec2.VpcProps{
		VpcName:     jsii.String(stage.name("network")),
		IpAddresses: awsec2.IpAddresses_Cidr(jsii.String(networkCIDR)),
		MaxAzs:      jsii.Number(networkZones),
		NatGateways: jsii.Number(0),
		SubnetConfiguration: &[]*awsec2.SubnetConfiguration{
			{Name: jsii.String(endpointPart), SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED, CidrMask: jsii.Number(endpointBits)},
			{Name: jsii.String(balancerPart), SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED, CidrMask: jsii.Number(balancerBits)},
		},
	})
	accept(vpc, finding{rule: "VPC7", reason: "Nothing but the load balancer and the endpoint is in it; the gateway's access log tells of every request."})
	door := awsec2.NewCfnInternetGateway(n.stack, jsii.String("Door"), nil)
	awsec2.NewCfnVPCGatewayAttachment(n.stack, jsii.String("DoorOfTheNetwork"), &awsec2.CfnVPCGatewayAttachmentProps{
		VpcId: vpc.VpcId(), InternetGatewayId: door.AttrInternetGatewayId(),
	})
	return vpc
}

func (n *network) newGroup(vpc awsec2.Vpc, id, description string) awsec2.SecurityGroup {
	return awsec2.NewSecurityGroup(n.stack, jsii.String(id), &awsec2.SecurityGroupProps{
		Vpc: vpc, Description: jsii.String(description), AllowAllOutbound: jsii.Bool(false),
	})
}

// newEndpoint is the gateway's door in the network. It leads to APIs of this account alone.
func (n *network) newEndpoint(vpc awsec2.Vpc, group awsec2.SecurityGroup) awsec2.InterfaceVpcEndpoint {
	endpoint := vpc.AddInterfaceEndpoint(jsii.String("Gateway"), &awsec2.InterfaceVpcEndpointOptions{
		Service:           awsec2.InterfaceVpcEndpointAwsService_APIGATEWAY(),
		PrivateDnsEnabled: jsii.Bool(false),
		Open:              jsii.Bool(false),
		SecurityGroups:    &[]awsec2.ISecurityGroup{group},
		Subnets:           &awsec2.SubnetSelection{SubnetGroupName: jsii.String(endpointPart)},
	})
	ours := allow(n.stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("execute-api"), Resource: jsii.String("*"), ArnFormat: awscdk.ArnFormat_NO_RESOURCE_NAME,
	}), "execute-api:Invoke")
	ours.AddAnyPrincipal()
	endpoint.AddToPolicy(ours)
	return endpoint
}

// newBalancer takes requests under origin.<domain>, with a certificate of the region's, and hands them to the endpoint.
func (n *network) newBalancer(
	vpc awsec2.Vpc, group awsec2.SecurityGroup, stage Stage, domain Domain,
) awselasticloadbalancingv2.ApplicationLoadBalancer {
	balancer := awselasticloadbalancingv2.NewApplicationLoadBalancer(n.stack, jsii.String("Balancer"),
		&awselasticloadbalancingv2.ApplicationLoadBalancerProps{
			LoadBalancerName:        jsii.String(stage.name("api")),
			Vpc:                     vpc,
			InternetFacing:          jsii.Bool(false),
			SecurityGroup:           group,
			VpcSubnets:              &awsec2.SubnetSelection{SubnetGroupName: jsii.String(balancerPart)},
			DropInvalidHeaderFields: jsii.Bool(true),
			DeletionProtection:      jsii.Bool(stage.KeepData),
		})
	accept(balancer, finding{rule: "ELB2", reason: "The gateway's access log tells of every request that gets this far."})
	certificate := domain.newCertificate(n.stack, domain.origin())
	balancer.AddListener(jsii.String("Tls"), &awselasticloadbalancingv2.BaseApplicationListenerProps{
		Port:                jsii.Number(httpsPort),
		Protocol:            awselasticloadbalancingv2.ApplicationProtocol_HTTPS,
		SslPolicy:           awselasticloadbalancingv2.SslPolicy_TLS13_RES,
		Certificates:        &[]awselasticloadbalancingv2.IListenerCertificate{awselasticloadbalancingv2.ListenerCertificate_FromCertificateManager(certificate)},
		Open:                jsii.Bool(false),
		DefaultTargetGroups: &[]awselasticloadbalancingv2.IApplicationTargetGroup{n.newTargets(vpc)},
	})
	awsroute53.NewARecord(n.stack, jsii.String("OriginName"), &awsroute53.ARecordProps{
		Zone: domain.zone(n.stack, "Origin"), RecordName: jsii.String(domain.origin() + "."),
		Target: awsroute53.RecordTarget_FromAlias(awsroute53targets.NewLoadBalancerTarget(balancer, nil)),
	})
	return balancer
}

// newTargets are all addresses that the endpoint can have: it lies alone in its parts of the network, one address in each.
// CloudFormation does not tell which, and what would look it up is a Lambda that is none of ours, and would not notice when
// AWS gives the endpoint another one. The balancer's health checks find those that answer; asked without the API's id an
// endpoint answers 403.
func (n *network) newTargets(vpc awsec2.Vpc) awselasticloadbalancingv2.ApplicationTargetGroup {
	var targets []awselasticloadbalancingv2.IApplicationLoadBalancerTarget
	for _, address := range endpointAddresses() {
		targets = append(targets, awselasticloadbalancingv2targets.NewIpTarget(jsii.String(address.String()), jsii.Number(httpsPort), nil))
	}
	return awselasticloadbalancingv2.NewApplicationTargetGroup(n.stack, jsii.String("Endpoint"),
		&awselasticloadbalancingv2.ApplicationTargetGroupProps{
			Vpc:        vpc,
			Protocol:   awselasticloadbalancingv2.ApplicationProtocol_HTTPS,
			Port:       jsii.Number(httpsPort),
			TargetType: awselasticloadbalancingv2.TargetType_IP,
			Targets:    &targets,
			HealthCheck: &awselasticloadbalancingv2.HealthCheck{
				Protocol: awselasticloadbalancingv2.Protocol_HTTPS, Path: jsii.String("/"), HealthyHttpCodes: jsii.String("200,403"),
			},
		})
}

// endpointAddresses lists what a host can have in the parts of the endpoint, which are the first of the network.
func endpointAddresses() []netip.Addr {
	var all []netip.Addr
	address := netip.MustParsePrefix(firstEndpoints).Addr()
	for range networkZones {
		for range reservedFirst {
			address = address.Next()
		}
		for range addressesOfAnEndpoint {
			all = append(all, address)
			address = address.Next()
		}
		address = address.Next() // the last one
	}
	return all
}

// reachedThrough lets in what comes by the endpoint, and nothing else: not even with the right of an account.
func (n *network) reachedThrough() awsiam.PolicyDocument {
	statement := func(effect awsiam.Effect, condition map[string]any) awsiam.PolicyStatement {
		props := &awsiam.PolicyStatementProps{
			Effect: effect, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
			Actions: jsii.Strings("execute-api:Invoke"), Resources: jsii.Strings("execute-api:/*"),
		}
		if condition != nil {
			props.Conditions = &condition
		}
		return awsiam.NewPolicyStatement(props)
	}
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
		statement(awsiam.Effect_ALLOW, nil),
		statement(awsiam.Effect_DENY, map[string]any{
			"StringNotEquals": map[string]any{"aws:SourceVpce": n.endpoint.VpcEndpointId()},
		}),
	}})
}
