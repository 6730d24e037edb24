package admin

import (
	"errors"
	"strings"

	"doorlist/auth"
	"doorlist/store"
)

var explainTemplate = parsePage("explain")

// explainContent answers why somebody can or cannot sign in.
type explainContent struct {
	Who   string
	Asked bool
	Page  string // of the person; "" for one who comes from an organization above
	auth.Explanation
}

// explain asks the rules about one person, as a sign-in would now.
func explain(r *request) error {
	content := explainContent{Who: strings.TrimSpace(r.QueryParam("who"))}
	if content.Who != "" {
		e, err := auth.Explain(r.Request().Context(), r.Store, r.org, content.Who)
		if err != nil {
			return err
		}
		e.Fix = fixHere(e.Fix)
		content.Asked, content.Explanation = true, e
		if content.Page, err = r.pageOf(e.Person); err != nil {
			return err
		}
	}
	return r.ok(explainTemplate, "Why can or can’t somebody sign in?", content)
}

// pageOf is the address of the page of a person who was explained.
func (r *request) pageOf(who *auth.ExplainedPerson) (string, error) {
	if who == nil {
		return "", nil
	}
	p, err := r.personWith(who.ID)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return r.personPath(p), err
}
