package infra_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPrivateAPINeedsADomain(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, refused(nil, privately), "-c domain")
}

func TestAPrivateAPIHasNoWayInButItsEndpoint(t *testing.T) {
	t.Parallel()
	prod := private()
	gateway := prod.api.one(t, "AWS::ApiGateway::RestApi")
	endpoint := gateway["EndpointConfiguration"].(object)
	require.Equal(t, []any{"PRIVATE"}, endpoint["Types"])
	id := prod.api.texts(endpoint["VpcEndpointIds"])
	require.Len(t, id, 1)
	require.Contains(t, id[0], "NetworkGateway")

	var denied []object
	for _, s := range gateway["Policy"].(object)["Statement"].([]any) {
		if statement := s.(object); statement["Effect"] == "Deny" {
			require.Equal(t, []any{"execute-api:Invoke", "execute-api:/*"}, []any{statement["Action"], statement["Resource"]})
			require.Equal(t, object{"AWS": "*"}, statement["Principal"])
			denied = append(denied, prod.api.written(statement["Condition"]).(object))
		}
	}
	require.Equal(t, []object{{"StringNotEquals": object{"aws:SourceVpce": id[0]}}}, denied)
}

func TestCloudFrontReachesAPrivateAPIByTheLoadBalancer(t *testing.T) {
	t.Parallel()
	prod := private()
	origin := prod.api.one(t, "AWS::CloudFront::VpcOrigin")["VpcOriginEndpointConfig"].(object)
	require.Equal(t, "https-only", origin["OriginProtocolPolicy"])
	require.Equal(t, "rez-agent-api-prod", prod.api.text(origin["Arn"]), "the load balancer")
	found := false
	for _, o := range prod.api.one(t, "AWS::CloudFront::Distribution")["DistributionConfig"].(object)["Origins"].([]any) {
		if at := o.(object); at["VpcOriginConfig"] != nil {
			found = true
			require.Equal(t, "origin.rez.example.com", at["DomainName"])
			header := at["OriginCustomHeaders"].([]any)[0].(object)
			require.Equal(t, []any{"x-apigw-api-id", "rez-agent-api-prod"}, []any{header["HeaderName"], prod.api.text(header["HeaderValue"])})
		}
	}
	require.True(t, found)
	require.Equal(t, "rez-agent-api-prod", prod.api.text(prod.api.one(t, beforeType)["ResourceArn"]), "the firewall stands where requests come in")

	balancer := prod.network.one(t, "AWS::ElasticLoadBalancingV2::LoadBalancer")
	require.Equal(t, []any{"rez-agent-api-prod", "internal"}, []any{balancer["Name"], balancer["Scheme"]})
	listener := prod.network.one(t, "AWS::ElasticLoadBalancingV2::Listener")
	require.Equal(t, []any{"HTTPS", 443.0}, []any{listener["Protocol"], listener["Port"]})
	require.Contains(t, listener["SslPolicy"], "TLS13")
	require.Equal(t, "origin.rez.example.com", prod.network.one(t, certificateType)["DomainName"])
	require.Equal(t, "origin.rez.example.com.", prod.network.one(t, recordType)["Name"])
}

// The endpoint may get any address of its parts of the network, and another one later; five in each are AWS's own.
func TestTheLoadBalancerKnowsEveryAddressOfTheEndpoint(t *testing.T) {
	t.Parallel()
	network := private().network
	endpoint := network.one(t, "AWS::EC2::VPCEndpoint")
	require.Equal(t, "Interface", endpoint["VpcEndpointType"])
	require.Equal(t, false, endpoint["PrivateDnsEnabled"])
	var want []string
	for _, subnet := range endpoint["SubnetIds"].([]any) {
		cidr := network.resources[subnet.(object)["Ref"].(string)].(object)["Properties"].(object)["CidrBlock"].(string)
		part := netip.MustParsePrefix(cidr)
		require.Equal(t, 28, part.Bits())
		var all []string
		for address := part.Addr(); part.Contains(address); address = address.Next() {
			all = append(all, address.String())
		}
		want = append(want, all[4:len(all)-1]...)
	}
	require.Len(t, want, 22)
	group := network.one(t, "AWS::ElasticLoadBalancingV2::TargetGroup")
	var got []string
	for _, target := range group["Targets"].([]any) {
		require.InDelta(t, 443, target.(object)["Port"], 0)
		got = append(got, target.(object)["Id"].(string))
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
	require.Equal(t, []any{"ip", "HTTPS", "HTTPS"}, []any{group["TargetType"], group["Protocol"], group["HealthCheckProtocol"]})
	require.Equal(t, object{"HttpCode": "200,403"}, group["Matcher"])
}

func TestNothingOfTheNetworkHasAPublicAddressOrAWayOut(t *testing.T) {
	t.Parallel()
	network := private().network
	for _, kind := range []string{"AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::Route"} {
		require.Empty(t, network.ofType(kind))
	}
	require.Len(t, network.ofType("AWS::EC2::Subnet"), 4)
	for id, subnet := range network.ofType("AWS::EC2::Subnet") {
		require.Equal(t, false, subnet["MapPublicIpOnLaunch"], id)
	}
	for id, group := range network.ofType("AWS::EC2::SecurityGroup") {
		for _, rule := range append(listOf(group["SecurityGroupIngress"]), listOf(group["SecurityGroupEgress"])...) {
			cidr, wide := rule.(object)["CidrIp"]
			require.False(t, wide && cidr == "0.0.0.0/0", id)
		}
	}
}

// listOf is a list of a template; what is missing is an empty one.
func listOf(value any) []any {
	if value == nil {
		return nil
	}
	return value.([]any)
}
