package e2e_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/stretchr/testify/require"

	"github.com/rezagent/rez_agent/local/stack"
)

// userPool is what an administrator does to a user pool; what a scenario makes in it ends with the scenario.
type userPool struct {
	*scenario

	id *string
}

func (s *scenario) users() userPool { return userPool{s, &deployed.UserPoolID} }

// foreignPool is another one, of somebody else's.
func (s *scenario) foreignPool() userPool {
	s.Helper()
	made, err := s.cognito().CreateUserPool(s.context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("foreign")})
	require.NoError(s, err)
	s.Cleanup(func() {
		_, err := s.cognito().DeleteUserPool(s.context(), &cognitoidentityprovider.DeleteUserPoolInput{UserPoolId: made.UserPool.Id})
		require.NoError(s, err)
	})
	return userPool{s, made.UserPool.Id}
}

func (s *scenario) cognito() *cognitoidentityprovider.Client {
	return cognitoidentityprovider.NewFromConfig(deployed.AWS())
}

// invite makes somebody who is in no group.
func (p userPool) invite(name string) stack.User {
	p.Helper()
	user := stack.User{Name: name, Password: "Rez4-of-somebody-else"}
	_, err := p.cognito().AdminCreateUser(p.context(), &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: p.id, Username: &user.Name, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(name + "@example.com")}},
	})
	require.NoError(p, err)
	p.Cleanup(func() {
		_, err := p.cognito().AdminDeleteUser(p.context(), &cognitoidentityprovider.AdminDeleteUserInput{UserPoolId: p.id, Username: &user.Name})
		require.NoError(p, err)
	})
	_, err = p.cognito().AdminSetUserPassword(p.context(), &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: p.id, Username: &user.Name, Password: &user.Password, Permanent: true,
	})
	require.NoError(p, err)
	return user
}

func (p userPool) join(user stack.User, group string) {
	p.Helper()
	_, err := p.cognito().AdminAddUserToGroup(p.context(), &cognitoidentityprovider.AdminAddUserToGroupInput{
		UserPoolId: p.id, Username: &user.Name, GroupName: &group,
	})
	require.NoError(p, err)
}

func (p userPool) leave(user stack.User, group string) {
	p.Helper()
	_, err := p.cognito().AdminRemoveUserFromGroup(p.context(), &cognitoidentityprovider.AdminRemoveUserFromGroupInput{
		UserPoolId: p.id, Username: &user.Name, GroupName: &group,
	})
	require.NoError(p, err)
}

func (p userPool) disable(user stack.User) {
	p.Helper()
	_, err := p.cognito().AdminDisableUser(p.context(), &cognitoidentityprovider.AdminDisableUserInput{UserPoolId: p.id, Username: &user.Name})
	require.NoError(p, err)
}

func (p userPool) newGroup(name string) {
	p.Helper()
	_, err := p.cognito().CreateGroup(p.context(), &cognitoidentityprovider.CreateGroupInput{UserPoolId: p.id, GroupName: &name})
	require.NoError(p, err)
	p.Cleanup(func() {
		_, err := p.cognito().DeleteGroup(p.context(), &cognitoidentityprovider.DeleteGroupInput{UserPoolId: p.id, GroupName: &name})
		require.NoError(p, err)
	})
}

// newClient is a client that rez_agent does not know.
func (p userPool) newClient() string {
	p.Helper()
	out, err := p.cognito().CreateUserPoolClient(p.context(), &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: p.id, ClientName: aws.String("foreign"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		},
	})
	require.NoError(p, err)
	p.Cleanup(func() {
		_, err := p.cognito().DeleteUserPoolClient(p.context(), &cognitoidentityprovider.DeleteUserPoolClientInput{
			UserPoolId: p.id, ClientId: out.UserPoolClient.ClientId,
		})
		require.NoError(p, err)
	})
	return aws.ToString(out.UserPoolClient.ClientId)
}

// tokens are what a password gets a user from a client.
func (p userPool) tokens(user stack.User, clientID string) (access, id, refresh string) {
	p.Helper()
	out, err := p.cognito().InitiateAuth(p.context(), &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &clientID,
		AuthParameters: map[string]string{"USERNAME": user.Name, "PASSWORD": user.Password},
	})
	require.NoError(p, err)
	got := out.AuthenticationResult
	require.NotNil(p, got)
	return aws.ToString(got.AccessToken), aws.ToString(got.IdToken), aws.ToString(got.RefreshToken)
}

// userOf is the stack's own user of a role.
func (s *scenario) userOf(role string) stack.User {
	s.Helper()
	for _, user := range deployed.Users {
		if user.Role == role {
			return user
		}
	}
	require.Fail(s, "the stack has no user of this role", role)
	return stack.User{}
}
