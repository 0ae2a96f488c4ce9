package api

import (
	"net/http"

	"ordo/internal/errs"
)

func peopleRoutes() []route {
	const users = "Users"
	shared := []string{"all_channels_required"}
	one := []string{"not_found", "all_channels_required"}
	return []route{
		{
			op: "createUser", method: http.MethodPost, path: "/v1/users", tag: users, summary: "Make a user", scope: "users:write", query: dry,
			in: SaveUser{}, out: User{}, status: http.StatusCreated, etag: true, codes: append([]string{"user_exists"}, shared...), handle: createUser,
			detail: "A person who signs in to the console. The first password stands in this answer and nowhere else; it has to be changed at the first sign-in.",
		},
		{
			op: "putUser", method: http.MethodPut, path: "/v1/users/{id}", tag: users, summary: "Change a user", scope: "users:write",
			in: SaveUser{}, out: User{}, status: 200, etag: true, codes: append([]string{"user_exists", "last_owner", "version_mismatch"}, one...), handle: putUser,
			detail: "Replaces all that stands in the body. Nobody can change a user who may do more than they may, and the last active owner stays one.",
		},
		{
			op: "getUser", method: http.MethodGet, path: "/v1/users/{id}", tag: users, summary: "Read a user", scope: "users:read",
			out: User{}, status: 200, etag: true, codes: one, handle: getUser,
		},
		{
			op: "listUsers", method: http.MethodGet, path: "/v1/users", tag: users, summary: "List users", scope: "users:read", query: paged,
			out: List[User]{}, status: 200, codes: shared, handle: listUsers,
		},
		{
			op: "resetPassword", method: http.MethodPost, path: "/v1/users/{id}/reset-password", tag: users, summary: "Give a user a fresh password", scope: "users:write", query: dry,
			out: User{}, status: 200, etag: true, codes: append([]string{"version_mismatch"}, one...), handle: resetPassword,
			detail: "For who forgot it or lost the device: one-time codes are off afterwards, all sessions end, and the password, shown once, has to be changed.",
		},
		{
			op: "signOutUser", method: http.MethodPost, path: "/v1/users/{id}/sign-out", tag: users, summary: "End all sessions of a user", scope: "users:write", query: dry,
			out: User{}, status: 200, etag: true, codes: append([]string{"version_mismatch"}, one...), handle: signOutUser,
			detail: "At once on the node that answers, within a second on others.",
		},
		{
			op: "putRole", method: http.MethodPut, path: "/v1/roles/{code}", tag: users, summary: "Make or replace a role", scope: "users:write",
			in: PutRole{}, out: Role{}, status: 200, etag: true, codes: append([]string{"owner_role", "version_mismatch"}, shared...), handle: putRole,
			detail: "Its people have the scopes at once on the node that answers, within a second on others. owner cannot be changed.",
		},
		{
			op: "getRole", method: http.MethodGet, path: "/v1/roles/{code}", tag: users, summary: "Read a role", scope: "users:read",
			out: Role{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getRole,
		},
		{op: "listRoles", method: http.MethodGet, path: "/v1/roles", tag: users, summary: "List roles", scope: "users:read", query: paged, out: List[Role]{}, status: 200, handle: listRoles},
	}
}

func init() {
	idSlots["users"] = idSlot{"usr", "user", "USER"}
	slotCodes["roles"] = "refunds"
	problemKinds = append(problemKinds,
		problemKind{"user_exists", errs.Conflict, "Another user has this mail address.", "Change that one, or give another address.", nil},
		problemKind{"last_owner", errs.Conflict, "The user is the last active owner.", "Give the role to somebody else first.", nil},
		problemKind{"owner_role", errs.Conflict, "The role owner may do everything and cannot be changed.", "Make another role.", nil},
	)
	findingKinds = append(findingKinds, findingKind{"weak_password", "a password that would be guessed"})
}
