package entra

import (
	"context"
	"fmt"
)

// MaxOnDemandMembers is how many members one on-demand run of a group takes.
const MaxOnDemandMembers = 5

// probesOnDemand is how often an on-demand run asks for random objects before the real query (seen in the field:
// AzureAD/SCIMReferenceCode#63).
const probesOnDemand = 3

// OnDemand provisions one person, or one group with up to MaxOnDemandMembers of its members, at once. It speaks the
// classic dialect whatever the job's is, for the flag does not work with on-demand provisioning, and no app roles.
func (p *Provisioner) OnDemand(ctx context.Context, objectID string, members ...string) (Report, error) {
	r := p.newRun("on-demand", DialectClassic)
	r.roles = RolesNone
	err := r.onDemand(ctx, objectID, members)
	return r.finish(err), err
}

func (r *run) onDemand(ctx context.Context, objectID string, members []string) error {
	if !r.view.exists(objectID) {
		return fmt.Errorf("%w: %s", ErrNotFound, objectID)
	}
	if len(members) > MaxOnDemandMembers {
		return fmt.Errorf("on-demand provisioning takes up to %d members, not %d: run a cycle instead", MaxOnDemandMembers, len(members))
	}
	for _, m := range members {
		if group := r.view.groups[objectID]; !group.Has(m) {
			return fmt.Errorf("%w: %s is no member of %q", ErrNotFound, m, group.DisplayName)
		}
	}
	probes := r.newTask("probe", objectID, "")
	for range probesOnDemand {
		if err := r.probe(ctx, probes); err != nil {
			return err
		}
	}
	objects := []item{r.evaluation(objectID)}
	for _, m := range members {
		objects = append(objects, r.evaluation(m))
	}
	if err := r.work(ctx, objects); err != nil {
		return err
	}
	return r.work(ctx, r.referencesOf(objectID, members))
}

// referencesOf are the person's manager, or the chosen members of the group.
func (r *run) referencesOf(objectID string, members []string) []item {
	if _, person := r.view.people[objectID]; person {
		return r.managerItem(objectID)
	}
	acknowledged := r.p.members(objectID)
	var add []string
	for _, m := range members {
		if !acknowledged[m] && r.joins(m) {
			add = append(add, m)
		}
	}
	return r.memberChunks(objectID, verbAdd, add)
}
