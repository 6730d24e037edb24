package admin_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"doorlist/store"
	"doorlist/store/storetest"
)

// zone is a name server that has one text for every name.
type zone struct {
	socket net.PacketConn
	mu     sync.Mutex
	text   string // "" for no such name
}

func newZone(t testing.TB) *zone {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	z := &zone{socket: socket}
	go z.serve()
	return z
}

// resolver knows no other name server.
func (z *zone) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", z.socket.LocalAddr().String())
	}}
}

func (z *zone) publish(text string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.text = text
}

func (z *zone) serve() {
	for packet := make([]byte, 1500); ; {
		n, from, err := z.socket.ReadFrom(packet)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(packet[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		z.answer(&m)
		if answer, err := m.Pack(); err == nil {
			z.socket.WriteTo(answer, from)
		}
	}
}

// answer makes a query its answer.
func (z *zone) answer(m *dnsmessage.Message) {
	z.mu.Lock()
	defer z.mu.Unlock()
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	if z.text == "" {
		m.RCode = dnsmessage.RCodeNameError
		return
	}
	m.Answers = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET, TTL: 1},
		Body:   &dnsmessage.TXTResource{TXT: []string{z.text}},
	}}
}

func TestDomains_AreProved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, owner, list := w.places["contoso"], w.contosoOwner(), entraPath+"/domains"
		for wrong, says := range map[string]string{"gmail.com": "anybody", "no domain": "no mail domain", "a\x00.com": "plain text", "": "This is needed"} {
			owner.want(owner.post(list+"/add", "domain", wrong), http.StatusUnprocessableEntity, says, `aria-invalid="true"`)
		}
		owner.want(owner.post(list+"/add", "domain", "Contoso.COM"), http.StatusSeeOther, list+"/contoso.com/verify")
		owner.want(owner.get(list), http.StatusOK, "There is none", "Waiting for their record", "Prove contoso.com")
		asked, err := s.Organization(p.org.ID).DomainChallenges(t.Context())
		if err != nil || len(asked) != 2 || asked[0].Domain != "contoso.com" {
			t.Fatalf("asked for %+v, %v", asked, err)
		}
		verify := list + "/contoso.com/verify"
		owner.want(owner.get(verify), http.StatusOK, "_doorlist-challenge.contoso.com", asked[0].Token)
		owner.want(owner.post(verify), http.StatusUnprocessableEntity, "There is no TXT record", asked[0].Token)
		w.dns.publish("<b>another text</b>")
		owner.lacks(owner.want(owner.post(verify), http.StatusUnprocessableEntity, "another text"), "<b>another")
		w.dns.publish(asked[0].Token)
		owner.want(owner.post(verify), http.StatusSeeOther, "domains?done=proved")
		owner.want(owner.get(list), http.StatusOK, "<th scope=\"row\" data-label=\"Domain\">contoso.com</th>", "DNS")
		owner.want(owner.get(entraPath), http.StatusOK, "contoso.com")
		owner.want(owner.get(verify), http.StatusNotFound)
		claims, err := s.Organization(p.org.ID).Domains(t.Context())
		if err != nil || len(claims) != 1 || claims[0].Statement != store.DNSProof {
			t.Errorf("the domains are %+v, %v", claims, err)
		}
		// The domain is one organization's.
		other := w.signIn("fabrikam", "owner", w.clock.Now())
		other.want(other.post("/admin/connections/fabrikam-entra/domains/add", "domain", "contoso.com"), http.StatusUnprocessableEntity, "another organization")
	})
}

func TestDomains_OnSomebodysWordAreShownAsThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := w.places["contoso"]
	w.write(func(tx *store.Tx) error { return tx.Organization(p.org.ID).StateDomain(p.conn.ID, "contoso.de") })
	auditor := w.signIn("contoso", "auditor", w.clock.Now())
	page := auditor.want(auditor.get(entraPath+"/domains"), http.StatusOK, "contoso.de", "the word of whoever runs the server", "An owner of the organization can add one")
	if strings.Contains(page.body, "Prove ") {
		t.Errorf("an auditor is offered to prove domains:\n%s", page.body)
	}
}
