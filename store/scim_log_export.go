package store

import "context"

// requestExportPage is how many requests are read at a time. Each may have 32 KB of texts.
const requestExportPage = 200

// ExportRequests calls each for all requests that a query selects, the newest first, with their long texts. It searches as far back as the
// log reaches. A slow reader holds nothing up.
func (o *OrganizationScope) ExportRequests(ctx context.Context, q SCIMRequestQuery, each func(SCIMRequest) error) error {
	for q.Limit = requestExportPage; ; {
		page, err := o.Requests(ctx, q)
		if err == nil {
			err = o.addTexts(ctx, page.Requests)
		}
		if err != nil {
			return err
		}
		for _, r := range page.Requests {
			if err := each(r); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

// addTexts reads the long texts of requests.
func (o *OrganizationScope) addTexts(ctx context.Context, requests []SCIMRequest) error {
	at, ids := map[string]*SCIMRequest{}, make([]string, len(requests))
	for i := range requests {
		ids[i] = requests[i].ID
		at[ids[i]] = &requests[i]
	}
	return o.rows(ctx, `SELECT id, body, body_bytes, answer FROM scim_request_texts WHERE organization_id = ?
		AND connection_id IN (SELECT c.id FROM connections c WHERE c.organization_id = ?) AND id IN (SELECT ids.id FROM `+o.d.idList+")",
		[]any{o.id, o.id, o.d.idParam(ids)}, func(scan scanner) error {
			var id, body, answer string
			var bytes int64
			err := scan(&id, &body, &bytes, &answer)
			if r := at[id]; err == nil && r != nil {
				r.Body, r.BodyBytes, r.Answer = body, bytes, answer
			}
			return err
		})
}
