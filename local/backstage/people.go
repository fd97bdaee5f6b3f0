package backstage

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/rezagent/rez_agent/local/stack"
)

// person asks for somebody who may sign in, and belongs to no group yet.
type person struct {
	Name string `json:"name"`
}

func invite(ctx context.Context, a *stack.Addresses, asked person) (stack.User, error) {
	return a.Invite(ctx, asked.Name)
}

// membership says whether somebody belongs to a group from now on.
type membership struct {
	User   string `json:"user"`
	Group  string `json:"group"`
	Member bool   `json:"member"`
}

func regroup(ctx context.Context, a *stack.Addresses, asked membership) (membership, error) {
	pool := cognitoidentityprovider.NewFromConfig(a.AWS())
	var err error
	if asked.Member {
		_, err = pool.AdminAddUserToGroup(ctx, &cognitoidentityprovider.AdminAddUserToGroupInput{
			UserPoolId: &a.UserPoolID, Username: &asked.User, GroupName: &asked.Group,
		})
	} else {
		_, err = pool.AdminRemoveUserFromGroup(ctx, &cognitoidentityprovider.AdminRemoveUserFromGroupInput{
			UserPoolId: &a.UserPoolID, Username: &asked.User, GroupName: &asked.Group,
		})
	}
	if err != nil {
		return membership{}, fmt.Errorf("change the groups of %s: %w", asked.User, err)
	}
	return asked, nil
}
