package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"doorlist/entra"
)

// freshWorld is a server without an owner, and a tenant that knows nothing of it yet.
type freshWorld struct {
	t            *testing.T
	tenant       *entra.Tenant
	app          entra.Application
	issuer, door string
	setup        string // the link that the server printed
}

// newFreshWorld starts both. With shared, the server has an application of its own at the provider.
func newFreshWorld(t *testing.T, shared bool) *freshWorld {
	t.Helper()
	tenant, app, _, issuer := demoTenant(t)
	terminal := emptyTerminal(t)
	if shared {
		terminal.environ = append(terminal.environ, "DOORLIST_ENTRA_CLIENT_ID="+app.ClientID, "DOORLIST_ENTRA_CLIENT_SECRET="+app.Secrets[0], "DOORLIST_ENTRA_AUTHORITY="+issuer)
	}
	printed, door := terminal.greeting()
	return &freshWorld{t: t, tenant: tenant, app: app, issuer: issuer, door: door, setup: door + pathOf(t, strings.TrimSpace(printed[strings.LastIndex(printed, " ")+1:]))}
}

// push lets the tenant push everybody, with what the console showed.
func (w *freshWorld) push(tenantURL, token string) {
	w.t.Helper()
	engine, err := entra.NewProvisioner(entra.ProvisionerOptions{
		Endpoint: tenantURL, Token: token, Tenant: w.tenant, Dialect: "both", Concurrency: 4, Seed: 7,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	report, err := engine.Initial(w.t.Context())
	if err != nil || !report.Clean() {
		w.t.Fatalf("the initial cycle: %v, %+v", err, report)
	}
}

// testConnection asks what Entra's button asks.
func (w *freshWorld) testConnection(token string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.door+`/scim/v2/Users?filter=userName+eq+%227d420df3-1111-4222-8333-444455556666%22`, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Errorf("Test Connection: %s", resp.Status)
	}
}

// press clicks a link or button by what it says.
func press(label string) chromedp.Action[chromedp.Void] {
	found := `//*[self::a or self::button][contains(., "` + label + `") or contains(@aria-label, "` + label + `")]`
	return chromedp.Steps(chromedp.WaitVisible(found), chromedp.Click(found))
}

func reading(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	do(t, ctx, "waiting for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

// TestBrowser_FromAnEmptyDatabaseToTheFirstSignIn: a fresh owner needs nothing but the browser, at the door and at the provider.
func TestBrowser_FromAnEmptyDatabaseToTheFirstSignIn(t *testing.T) {
	t.Parallel()
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			w := newFreshWorld(t, false)
			ctx := openWindow(t, browser, screen.width, screen.height)
			w.becomeOwner(ctx)
			look(t, ctx, "the console", "Console", "No identity provider is connected yet")
			w.connect(ctx)
			w.provision(ctx)
			w.mapGroup(ctx)
			do(t, ctx, "testing the sign-in", press("Test the sign-in"), search("wendy.writer"), pick("wendy.writer"))
			look(t, ctx, "the test", "The connection works", "let in as writer")
			do(t, ctx, "back to the console", press("To the connection in the console"))
			look(t, ctx, "the armed connection", "People sign in through this connection", "armed")

			ctx = openWindow(t, browser, screen.width, screen.height)
			do(t, ctx, "the first sign-in", chromedp.Navigate(w.door+"/login/microsoft"), search("wendy.writer"), pick("wendy.writer"))
			look(t, ctx, "the first sign-in", "Wendy Writer", "writer", "through the group Doorlist Writers")
		})
	}
}

func (w *freshWorld) becomeOwner(ctx context.Context) {
	w.t.Helper()
	const email, password = "olivia@contoso.com", "a lantern on the quiet pier"
	do(w.t, ctx, "setting up", chromedp.Navigate(w.setup), chromedp.SetValue(chromedp.CSS("#organization"), "contoso"), chromedp.SendKeys(chromedp.CSS("#email"), email),
		chromedp.SendKeys(chromedp.CSS("#password"), password), chromedp.SendKeys(chromedp.CSS("#repeated"), password+"\r"), chromedp.WaitVisible(chromedp.CSS("#user_name")))
	do(w.t, ctx, "signing in", chromedp.SendKeys(chromedp.CSS("#user_name"), email), chromedp.SendKeys(chromedp.CSS("#password"), password+"\r"), chromedp.WaitVisible(chromedp.CSS("svg.qr")))
	secret := openSecret(w.t, ctx)
	do(w.t, ctx, "giving the code", chromedp.SendKeys(chromedp.CSS("#code"), codeOf(w.t, secret, time.Now())+"\r"), chromedp.WaitVisible(chromedp.CSS(".codes")))
	do(w.t, ctx, "going on", chromedp.Click(chromedp.CSS(".actions a")))
}

func (w *freshWorld) connect(ctx context.Context) {
	w.t.Helper()
	do(w.t, ctx, "connecting", press("Connect Microsoft Entra ID"), chromedp.WaitVisible(chromedp.CSS("#tenant-id")))
	look(w.t, ctx, "the form", "Directory (tenant) ID", w.door+"/login/callback")
	do(w.t, ctx, "with a wrong tenant", chromedp.SetValue(chromedp.CSS("#cloud"), "other"), chromedp.SetValue(chromedp.CSS("#slug"), "microsoft"), chromedp.SendKeys(chromedp.CSS("#authority"), w.issuer),
		chromedp.SendKeys(chromedp.CSS("#tenant-id"), "contoso.com"), chromedp.SendKeys(chromedp.CSS("#client-id"), w.app.ClientID), chromedp.SendKeys(chromedp.CSS("#client-secret"), w.app.Secrets[0]+"\r"), chromedp.WaitVisible(chromedp.CSS("#tenant-id-fault")))
	look(w.t, ctx, "the wrong tenant", "a GUID such as")
	do(w.t, ctx, "with the secret's ID", chromedp.SetValue(chromedp.CSS("#tenant-id"), w.tenant.ID), chromedp.SendKeys(chromedp.CSS("#client-secret"), w.app.ClientID+"\r"),
		chromedp.WaitNotPresent(chromedp.CSS("#tenant-id-fault")), chromedp.WaitVisible(chromedp.CSS("#client-secret-fault")))
	look(w.t, ctx, "the secret's ID", "the ID of the secret")
	do(w.t, ctx, "with the right one", chromedp.SendKeys(chromedp.CSS("#client-secret"), w.app.Secrets[0]+"\r"), chromedp.WaitVisible(chromedp.CSS(".next")))
	look(w.t, ctx, "the new connection", "The connection is there", "What comes next: Make a SCIM token", "not armed")
}

func (w *freshWorld) provision(ctx context.Context) {
	w.t.Helper()
	do(w.t, ctx, "making a token", press("Make a SCIM token"), chromedp.WaitVisible(chromedp.CSS("#label")))
	look(w.t, ctx, "the form for a token", "It is shown once")
	do(w.t, ctx, "making a token", press("Make the token"))
	token := reading(w.t, ctx, "#token")
	look(w.t, ctx, "the token", "Copy it now")
	do(w.t, ctx, "watching", press("Watch Test Connection"), press("Watch for ten minutes"), chromedp.WaitVisible(chromedp.CSS(`[role="status"]`)))
	look(w.t, ctx, "watching", "Nothing has arrived yet", w.door+"/scim/v2")
	w.testConnection(token)
	do(w.t, ctx, "seeing it arrive", chromedp.WaitVisible(chromedp.CSS("table")))
	look(w.t, ctx, "Test Connection", `GET /Users?filter=userName eq "(an id)"`, "this part of it succeeds", "127.0.0.1")
	// The page is reloading itself, so nothing on it can be clicked for certain.
	do(w.t, ctx, "opening the guide", chromedp.Navigate(w.door+"/admin/connections/microsoft"), press("Set-up guide"), chromedp.WaitVisible(chromedp.CSS(".guide")))
	look(w.t, ctx, "the guide", "Map objectId to externalId", w.door+"/scim/v2", w.door+"/logout/frontchannel")
	w.push(w.door+"/scim/v2", token)
}

func (w *freshWorld) mapGroup(ctx context.Context) {
	w.t.Helper()
	do(w.t, ctx, "to the connection", chromedp.Navigate(w.door+"/admin"), press("Map a group to a role"), chromedp.WaitVisible(chromedp.CSS("#q")))
	look(w.t, ctx, "the groups", "Doorlist Writers", "Nothing yet: nobody has a role")
	do(w.t, ctx, "giving a role", press("Give a role to Doorlist Writers"), chromedp.WaitVisible(chromedp.CSS("#role")))
	choice, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelector("#role").options].find(o => o.text === "writer").value`))
	if err != nil {
		w.t.Fatal(err)
	}
	do(w.t, ctx, "as writer", chromedp.SetValue(chromedp.CSS("#role"), choice), press("See what that means"), chromedp.WaitVisible(chromedp.CSS("#content table")))
	look(w.t, ctx, "whom it concerns", "get in as writer")
	do(w.t, ctx, "giving it", press("Give the role"), chromedp.WaitVisible(chromedp.CSS(`[role="status"]`)))
	look(w.t, ctx, "the mapping", "The mapping is in force")
	do(w.t, ctx, "back", press("Microsoft"), chromedp.WaitVisible(chromedp.CSS(".next")))
	look(w.t, ctx, "the connection before the test", "What comes next: Test the sign-in")
}

// TestBrowser_ConnectMicrosoft: a tenant consents to the server's own application, and a sign-in proves which tenant it is.
func TestBrowser_ConnectMicrosoft(t *testing.T) {
	t.Parallel()
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			w := newFreshWorld(t, true)
			ctx := openWindow(t, browser, screen.width, screen.height)
			w.becomeOwner(ctx)
			look(t, ctx, "the console", "Connect Microsoft Entra ID by hand")
			consent := func(choice string) {
				t.Helper()
				do(t, ctx, "going to Microsoft", chromedp.Navigate(w.door+"/admin/organizations/contoso/connect-microsoft"), chromedp.WaitVisible(chromedp.CSS("#slug")))
				look(t, ctx, "the form", "no secret to renew")
				do(t, ctx, "deciding", press("Go on to Microsoft"), chromedp.WaitNotPresent(chromedp.CSS("p.brand")), press(choice), chromedp.WaitVisible(chromedp.CSS("p.brand")))
			}
			consent("Cancel")
			look(t, ctx, "the refusal", "Nothing was connected", "AADSTS65004")
			consent("Accept")
			look(t, ctx, "the agreement", "Microsoft agreed", w.tenant.ID)
			do(t, ctx, "proving it", press("Sign in to prove it"), search("adam.admin"), pick("adam.admin"))
			look(t, ctx, "the test", "The connection works", "not_provisioned")
			do(t, ctx, "back to the console", press("To the connection in the console"))
			look(t, ctx, "the connection", "Make a SCIM token", "armed")
		})
	}
}
