package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

const groupsPath = "/admin/organizations/contoso/groups"

// onward is the address of the page that follows.
var onward = regexp.MustCompile(`rel="next" href="([^"]*)"`)

func TestGroups_AreFoundByNameConnectionAndRole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, p := w.contosoOwner(), w.places["contoso"]
		both := owner.want(owner.get(groupsPath), http.StatusOK, "Readers of contoso", "Others of contoso", `<strong class="role">`, groupsPath+"/"+p.free.ID)
		owner.lacks(both, "fabrikam")
		for query, want := range map[string][2]string{
			"?q=READERS": {"Readers of", "Others of"}, "?mapped=no": {"Others of", "Readers of"}, "?mapped=yes": {"Readers of", "Others of"},
			"?q=" + p.free.ID[:20]: {"Others of", "nothing else"}, "?connection=contoso-spare": {"No group is like that", "Others of"}, "?q=%00x": {"one line of plain text", "Readers of"},
		} {
			status := http.StatusOK
			if strings.Contains(query, "%00") {
				status = http.StatusUnprocessableEntity
			}
			owner.lacks(owner.want(owner.get(groupsPath+query), status, want[0]), want[1])
		}
		owner.want(owner.get(groupsPath+"?mapped=maybe"), http.StatusUnprocessableEntity, "Choose one of those that are offered", "Nothing is shown")
		spare := w.signIn("contoso", "auditor", w.clock.Now())
		spare.lacks(spare.want(spare.get(groupsPath), http.StatusOK), "Give a role")
	})
}

func TestGroups_PageByPage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := w.places["contoso"]
		w.write(func(tx *store.Tx) error {
			for i := range 120 {
				for _, c := range []store.Connection{p.conn, p.spare} { // names are unique in a directory alone
					r := store.GroupRecord{DisplayName: fmt.Sprintf("Team %03d", i), Document: "{}", Keys: "{}"}
					if _, err := tx.Directory(c.Directory()).CreateGroup(r, nil); err != nil {
						return err
					}
				}
			}
			return nil
		})
		owner := w.contosoOwner()
		for _, order := range []string{"", "newest"} {
			seen, pages := map[string]int{}, 0
			for path := groupsPath + "?q=team&sort=" + order; path != ""; pages++ {
				page := owner.want(owner.get(path), http.StatusOK)
				for _, id := range regexp.MustCompile(groupsPath+`/([0-9a-f-]{36})"`).FindAllStringSubmatch(page.body, -1) {
					seen[id[1]]++
				}
				path = ""
				if next := onward.FindStringSubmatch(page.body); next != nil {
					path = strings.ReplaceAll(next[1], "&amp;", "&")
				}
			}
			if len(seen) != 240 || pages != 5 {
				t.Errorf("by %s: %d groups on %d pages, want 240 on 5", order, len(seen), pages)
			}
		}
	})
}

func TestGroup_ShowsMembersRolesAndHistory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.fromProvider()
		var names []string
		for i := range 60 {
			names = append(names, fmt.Sprintf("person%02d@contoso.example", i))
		}
		w.joinFree(names...)
		p := w.places["contoso"]
		w.write(func(tx *store.Tx) error {
			_, err := tx.Directory(p.conn.Directory()).UpdateGroup(p.free, nil, store.MemberChange{Add: []store.NewMember{{ID: p.group.ID}}})
			return err
		})
		owner, path := w.contosoOwner(), groupsPath+"/"+p.free.ID
		first := owner.want(owner.get(path), http.StatusOK, "Others of contoso", "No role.", "Give a role", "Groups in it (1)", "Readers of contoso", "60 people, 1 group", "The person00@")
		next := onward.FindStringSubmatch(first.body)
		if next == nil {
			t.Fatal("there is no second page")
		}
		owner.want(owner.get(next[1]), http.StatusOK, "The person59@")
		owner.want(owner.get(path), http.StatusOK, "was added", "60")
		found := owner.want(owner.get(path+"?q="+url.QueryEscape("PERSON07")), http.StatusOK, "person07@")
		owner.lacks(found, "person08@")
		owner.lacks(owner.want(owner.get(path+"?q=the+person11"), http.StatusOK, "person11@"), "person08@")
		owner.want(owner.get(path+"?q=nobody"), http.StatusOK, "Nobody in the group has a name that begins so")
		owner.want(owner.get(path+"?q=%00"), http.StatusUnprocessableEntity, "Nothing is shown")
		owner.want(owner.get(groupsPath+"/"+p.group.ID), http.StatusOK, "Member of", `<bdi>reader</bdi></strong> to 0 people`, "/mappings/"+p.mapping.ID+"/edit")
	})
}
