package admin

import (
	"cmp"
	"net/http"

	"doorlist/auth"
)

// peopleColumns are those of an export of people.
var peopleColumns = []string{
	"id", "user_name", "display_name", "email", "external_id", "connection", "origin", "active", "can_sign_in", "reason", "role", "method",
	"last_sign_in_at", "created_at", "changed_at",
}

// exportPeople sends all people whom the filter selects, however long looking for them takes.
func exportPeople(r *request) error {
	f, q, err := r.peopleFilter()
	if err != nil {
		return err
	}
	if f.Fault != "" {
		return r.show(http.StatusUnprocessableEntity, usersTemplate, "Users", usersContent{Filters: f, Path: r.orgPath("users")})
	}
	return r.download(r.org.Slug+"-users", Format(cmp.Or(r.QueryParam("format"), string(CSV))), peopleColumns, func(e *Export) error {
		return auth.EachPerson(r.Request().Context(), r.Store, r.org, q, func(p auth.Person) error {
			u := p.User
			return e.Row(u.ID, u.UserName, u.DisplayName, p.Email, u.ExternalID, p.Connection.Slug, string(u.Origin), u.Active, p.Admitted, p.Reason, p.Role, p.Method,
				u.LastSignInAt, u.CreatedAt, u.ModifiedAt)
		})
	})
}
