package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestCredentials_AreRenewedOneBesideTheOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, owner, list := w.places["contoso"], w.contosoOwner(), entraPath+"/credentials"
		owner.want(owner.get(list), http.StatusOK, "Client secret", "unknown", "add-secret")
		add := func(secret, expires string) answer {
			return owner.post(list+"/add-secret", "client-secret", secret, "expires", expires, "label", "the <second>")
		}
		soon := w.clock.Now().Add(20*24*time.Hour + time.Minute).Format(time.DateOnly)
		owner.lacks(owner.want(add("a new secret", "soon"), http.StatusUnprocessableEntity, "a date such as", "Enter it once more"), "a new secret")
		owner.want(add("a new secret", "2001-01-01"), http.StatusUnprocessableEntity, "Is past", `id="expires-fault"`)
		owner.want(add(tenantID, soon), http.StatusUnprocessableEntity, "ID of the secret")
		owner.want(add(" a new secret ", soon), http.StatusSeeOther, "credentials?done=secret")
		owner.lacks(owner.want(owner.get(list), http.StatusOK, "“the &lt;second&gt;”", `class="state soon">expires in 1`, "Remove one before"), "add-secret")
		owner.want(owner.get(entraPath), http.StatusOK, "expires in 1", "days")
		owner.want(add("a third", soon), http.StatusUnprocessableEntity, "two credentials already")
		owner.want(owner.post(list+"/add-certificate", "days", "365"), http.StatusUnprocessableEntity, "two credentials already")
		credentials, err := s.ProviderCredentials(t.Context(), p.conn)
		if err != nil || len(credentials) != 2 {
			t.Fatalf("the credentials are %+v, %v", credentials, err)
		}
		if secret, err := s.OpenProviderCredential(credentials[0]); err != nil || secret != "a new secret" {
			t.Errorf("the secret is %q, %v", secret, err)
		}
		owner.lacks(owner.get(list+"/"+p.credential+"/remove"), "No other is in force")
		owner.want(owner.post(list+"/"+p.credential+"/remove"), http.StatusSeeOther, "done=forgotten")
		owner.want(owner.get(list+"/"+credentials[0].ID+"/remove"), http.StatusOK, "No other is in force")
		owner.want(owner.get(list+"/"+p.credential+"/remove"), http.StatusNotFound)
	})
}

func TestCredentials_ACertificateIsMadeHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner, list := w.contosoOwner(), entraPath+"/credentials"
	owner.want(owner.post(list+"/add-certificate", "days", "400"), http.StatusUnprocessableEntity, "Choose one")
	owner.want(owner.post(list+"/add-certificate", "days", "365", "label", "rollover"), http.StatusSeeOther, "done=certificate")
	credentials, err := w.store.ProviderCredentials(t.Context(), w.places["contoso"].conn)
	if err != nil || len(credentials) != 2 || credentials[0].Kind != store.CertificateCredential {
		t.Fatalf("the credentials are %+v, %v", credentials, err)
	}
	short, _ := credentials[0].Thumbprints()
	page := owner.want(owner.get(list+"?done=certificate"), http.StatusOK, "Upload it at the provider", "-----BEGIN CERTIFICATE-----", short)
	owner.lacks(page, "PRIVATE KEY")
	key, err := w.store.OpenProviderCredential(credentials[0])
	if err != nil || !strings.Contains(key, "PRIVATE KEY") {
		t.Errorf("the key is %q, %v", key, err)
	}
	w.write(func(tx *store.Tx) error {
		return tx.Organization(w.places["contoso"].org.ID).RefuseProviderCredential(credentials[0].ID, "invalid_client")
	})
	owner.want(owner.get(list), http.StatusOK, "refused by the provider")
	w.clock.Advance(366*24*time.Hour + time.Second)
	later := w.contosoOwner()
	later.want(later.get(list), http.StatusOK, ">expired<")
}
