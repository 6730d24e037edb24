package admin

import (
	"strings"

	"doorlist/auth"
)

var explainTemplate = parsePage("explain")

// explainContent answers why somebody can or cannot sign in.
type explainContent struct {
	Who   string
	Asked bool
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
		content.Asked, content.Explanation = true, e
	}
	return r.ok(explainTemplate, "Why can or can’t somebody sign in?", content)
}
