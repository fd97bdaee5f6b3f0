package stack

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/rezagent/rez_agent/internal/contract"
)

// User may sign in to a stack.
type User struct {
	Name string `json:"name"`
	// Password is made up for each stack; it opens nothing anywhere else.
	Password string `json:"password"`
	Role     string `json:"role"`
}

// makeUsers makes one user for each role, who is called like it.
func (a *Addresses) makeUsers(ctx context.Context) error {
	pool := cognitoidentityprovider.NewFromConfig(a.AWS())
	for _, role := range []string{contract.RoleViewer, contract.RoleOperator} {
		user := User{Name: role, Password: password(), Role: role}
		if err := a.makeUser(ctx, pool, user); err != nil {
			return fmt.Errorf("make the user %s: %w", user.Name, err)
		}
		a.Users = append(a.Users, user)
	}
	return nil
}

// Invite makes somebody who may sign in and has no role.
func (a *Addresses) Invite(ctx context.Context, name string) (User, error) {
	user := User{Name: name, Password: password()}
	if err := a.invite(ctx, cognitoidentityprovider.NewFromConfig(a.AWS()), user); err != nil {
		return User{}, fmt.Errorf("invite %s: %w", name, err)
	}
	return user, nil
}

// makeUser does what an administrator does in the console: invite, set a password for good, put into a group.
func (a *Addresses) makeUser(ctx context.Context, pool *cognitoidentityprovider.Client, user User) error {
	if err := a.invite(ctx, pool, user); err != nil {
		return err
	}
	_, err := pool.AdminAddUserToGroup(ctx, &cognitoidentityprovider.AdminAddUserToGroupInput{
		UserPoolId: &a.UserPoolID, Username: &user.Name, GroupName: &user.Role,
	})
	return err
}

func (a *Addresses) invite(ctx context.Context, pool *cognitoidentityprovider.Client, user User) error {
	_, err := pool.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &a.UserPoolID, Username: &user.Name, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: aws.String(user.Name + "@example.com")},
			{Name: aws.String("email_verified"), Value: aws.String("true")},
		},
	})
	if err != nil {
		return err
	}
	_, err = pool.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: &a.UserPoolID, Username: &user.Name, Password: &user.Password, Permanent: true,
	})
	return err
}

// password is random, and has one of everything that the pool asks for.
func password() string {
	const letters = 12
	return "Rez4-" + strings.ToLower(rand.Text()[:letters])
}

// Token signs the user of a role in and gives an access token, for the header Authorization: Bearer. It lives an hour.
func (a *Addresses) Token(ctx context.Context, role string) (string, error) {
	user, err := a.user(role)
	if err != nil {
		return "", err
	}
	out, err := cognitoidentityprovider.NewFromConfig(a.AWS()).InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &a.ClientID,
		AuthParameters: map[string]string{"USERNAME": user.Name, "PASSWORD": user.Password},
	})
	if err != nil {
		return "", fmt.Errorf("sign %s in: %w", user.Name, err)
	}
	if out.AuthenticationResult == nil {
		return "", fmt.Errorf("sign %s in: the user pool asks for more: %s", user.Name, out.ChallengeName)
	}
	return aws.ToString(out.AuthenticationResult.AccessToken), nil
}

func (a *Addresses) user(role string) (User, error) {
	known := make([]string, 0, len(a.Users))
	for _, user := range a.Users {
		if user.Role == role {
			return user, nil
		}
		known = append(known, user.Role)
	}
	return User{}, fmt.Errorf("role is %q: it must be %s", role, strings.Join(known, " or "))
}
