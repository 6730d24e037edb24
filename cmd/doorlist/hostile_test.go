package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"doorlist/store"
	"doorlist/store/storetest"
)

// maxResident is the memory that the server may need whatever is sent, in bytes, as docs/limits.md promises: each core can hash a password.
var maxResident = int64(128+64*runtime.NumCPU()) << 20

// guns is how many requests are sent at a time.
const guns = 8

// shot is one hostile request.
type shot struct {
	method, target string // the target as it stands in the request line
	header         http.Header
	body           string
}

// Nobody's request is a fault of the server: each route of the built program is sent what breaks parsers, with and without
// credentials. No answer is 5xx, nothing is logged as an error, and the memory stays bounded.
func TestHostile_NoRequestIsAFaultOfTheServer(t *testing.T) {
	t.Parallel()
	file, bodies := builtProgram(t), hostileBodies(t)
	storetest.EachURL(t, func(t *testing.T, address string) {
		s, err := store.Open(t.Context(), store.Options{URL: address, MasterKey: storetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		h := &hostile{isolated: newIsolated(t, s), server: newTerminal(t, address).runBuilt(file, "--base-url", "https://"+proxyHost), bodies: bodies,
			client: &http.Transport{MaxIdleConnsPerHost: guns, DisableCompression: true}, statuses: map[int]int{}}
		defer h.client.CloseIdleConnections()
		h.shootAtSCIM()
		routes := h.byHarm()
		for i, route := range routes {
			if i > 0 && harm(route) > harm(routes[i-1]) {
				h.ownerStillComesIn()
			}
			h.shootAt(route)
		}
		h.guessPasswords()
		if len(h.statuses) < 5 || h.statuses[http.StatusOK] == 0 || h.statuses[http.StatusUnprocessableEntity] == 0 || h.statuses[http.StatusBadRequest] == 0 {
			t.Errorf("the answers were %v; want some of every kind, or nothing was reached", h.statuses)
		}
		if log := h.server.log.String(); strings.Contains(log, "level=ERROR") {
			t.Errorf("faults were logged: %.3000s", log[strings.Index(log, "level=ERROR"):])
		}
		if most := peakMemory(t, h.server.process.Pid); most > maxResident {
			t.Errorf("the server needed %d MiB, want at most %d", most>>20, maxResident>>20)
		}
	})
}

// hostile sends shots to a built server.
type hostile struct {
	*isolated
	server *builtServer
	bodies []hostileBody
	client *http.Transport
	begun  int

	mu       sync.Mutex
	statuses map[int]int
}

// harm orders routes, so that those that take away what the others need come last.
func harm(r *echo.Route) int {
	for _, word := range []string{"remove", "revoke", "unassign", "logout", "sessions", "reset", "detach", "sso", "same-person", "new-person"} {
		if r.Method == http.MethodPost && strings.Contains(r.Path, word) {
			return 1
		}
	}
	return 0
}

func (h *hostile) byHarm() []*echo.Route {
	routes := slices.DeleteFunc(slices.Clone(h.routes), func(r *echo.Route) bool { return strings.HasPrefix(r.Method, "echo_") })
	slices.SortStableFunc(routes, func(a, b *echo.Route) int { return cmp.Compare(harm(a), harm(b)) })
	return routes
}

// shootAt sends a route all that fits its method, as somebody who owns the organization and as a stranger.
func (h *hostile) shootAt(route *echo.Route) {
	h.t.Helper()
	h.begun++
	secret := fmt.Sprintf("session-%d", h.begun) // the shots before may have ended the last session
	h.startSession(h.entra, secret)
	owner := http.Header{"Cookie": {"__Host-doorlist=" + secret}}
	if strings.HasPrefix(route.Path, "/admin/api/") {
		h.begun++
		program := store.DeviceTokenPrefix + fmt.Sprint(h.begun)
		h.startSession(h.entra, program)
		owner = http.Header{"Authorization": {"Bearer " + program}}
	}
	path := h.filled(route.Path, "", "")
	var shots []shot
	if route.Method != http.MethodGet {
		shots = append(h.bodyShots(route.Method, path, owner), h.bodyShots(route.Method, path, nil)[:5]...)
	} else {
		shots = h.queryShots(path, owner)
	}
	for _, which := range parameter.FindAllString(route.Path, -1) {
		for _, value := range everyFourth(hostileValues, h.begun) {
			shots = append(shots, shot{route.Method, h.filled(route.Path, which, value), owner, ""})
		}
	}
	h.fire(shots)
}

// shootAtSCIM sends the same to what the provider pushes to.
func (h *hostile) shootAtSCIM() {
	h.t.Helper()
	provider := h.credentials["SCIM token"]
	for _, asked := range provisioned {
		h.begun++
		path := "/scim/v2" + strings.NewReplacer("*", h.okta.userID, "+", h.entra.groupID, " ", "%20", `"`, "%22").Replace(asked.path)
		if asked.method == http.MethodGet {
			h.fire(h.queryShots(strings.TrimSuffix(path, "?"), provider))
			continue
		}
		h.fire(append(h.bodyShots(asked.method, path, provider), h.bodyShots(asked.method, path, nil)[:3]...))
	}
	for _, value := range hostileValues {
		var shots []shot
		for _, form := range []string{"/scim/v2/Users/*", "/scim/v2/Groups/*", "/scim/v2/Schemas/*", "/scim/v2/*", "/connections/*/scim/v2/Users", "/connections/*"} {
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodPost} {
				shots = append(shots, shot{method, strings.ReplaceAll(form, "*", value), provider, ""})
			}
		}
		h.fire(shots)
	}
}

func (h *hostile) bodyShots(method, path string, credential http.Header) (shots []shot) {
	for _, b := range h.bodies {
		header := http.Header{"Content-Type": {b.kind}}
		if b.coding != "" {
			header.Set("Content-Encoding", b.coding)
		}
		shots = append(shots, shot{method, path, joined(header, credential), b.text})
	}
	return shots
}

func (h *hostile) queryShots(path string, credential http.Header) (shots []shot) {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	for _, value := range everyFourth(hostileValues, h.begun) {
		shots = append(shots, shot{http.MethodGet, path + separator + strings.Join(queried, "="+value[:min(len(value), 2000)]+"&") + "=" + value, credential, ""})
	}
	for _, said := range everyFourth(hostileHeaders, h.begun) {
		shots = append(shots, shot{http.MethodGet, path, joined(http.Header{said[0]: {said[1]}}, credential), ""})
	}
	return shots
}

// everyFourth takes some of a list, others for the next route: each is sent to many, and the test ends before its reader loses patience.
func everyFourth[T any](all []T, from int) (some []T) {
	for i := from % 4; i < len(all); i += 4 {
		some = append(some, all[i])
	}
	return some
}

// joined has all of both, the first one's where both say something.
func joined(a, b http.Header) http.Header {
	all := b.Clone()
	if all == nil {
		all = http.Header{}
	}
	for name, values := range a {
		all[name] = values
	}
	return all
}

// fire sends shots.
func (h *hostile) fire(shots []shot) {
	h.t.Helper()
	queue := make(chan shot)
	var crew sync.WaitGroup
	for range guns {
		crew.Go(func() {
			for s := range queue {
				h.send(s)
			}
		})
	}
	for _, s := range shots {
		queue <- s
	}
	close(queue)
	crew.Wait()
}

var unsendable = regexp.MustCompile(`invalid header field value`)

func (h *hostile) send(s shot) {
	at, err := url.Parse(h.server.address)
	if err != nil {
		h.t.Error(err)
		return
	}
	r := &http.Request{
		Method: s.method, URL: &url.URL{Scheme: "http", Host: at.Host, Opaque: s.target}, Host: proxyHost,
		Header: joined(http.Header{"Sec-Fetch-Site": {"same-origin"}}, s.header), Body: io.NopCloser(strings.NewReader(s.body)), ContentLength: int64(len(s.body)),
	}
	res, err := h.client.RoundTrip(r.WithContext(h.t.Context()))
	if err != nil {
		if !unsendable.MatchString(err.Error()) {
			h.t.Errorf("%s %.200s: %v", s.method, s.target, err)
		}
		return
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if res.StatusCode >= http.StatusInternalServerError || err != nil {
		h.t.Errorf("%s %.200s with %.100q: %d, %v: %.300s", s.method, s.target, s.body, res.StatusCode, err, answer)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.statuses[res.StatusCode]++
}

// ownerStillComesIn makes sure that the shots so far met an owner, whom the pages let in.
func (h *hostile) ownerStillComesIn() {
	h.t.Helper()
	before := h.statuses[http.StatusOK]
	h.startSession(h.entra, "last")
	h.send(shot{http.MethodGet, "/admin/organizations/contoso", http.Header{"Cookie": {"__Host-doorlist=last"}}, ""})
	if h.statuses[http.StatusOK] != before+1 {
		h.t.Error("the owner does not come in any more, so that the shots met nobody")
	}
}

// guessPasswords costs the server what it spends most memory on.
func (h *hostile) guessPasswords() {
	h.t.Helper()
	var shots []shot
	for i := range 16 {
		form := url.Values{"user_name": {fmt.Sprintf("mallory%d", i)}, "password": {strings.Repeat("é", 256)}}
		shots = append(shots, shot{http.MethodPost, "/password", http.Header{"Content-Type": {formType}}, form.Encode()})
	}
	h.fire(shots)
}

// peakMemory is the most memory that a process has had, in bytes. Only Linux tells (proc_pid_status(5)).
func peakMemory(t *testing.T, id int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", id))
	if err != nil {
		t.Logf("this system does not tell the memory of a process: %v", err)
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	kibibytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the server needed %d MiB", kibibytes>>10)
	return kibibytes << 10
}
