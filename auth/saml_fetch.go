package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"doorlist/store"
)

// MetadataFetcher gets providers' metadata from their addresses. An administrator of one organization names the address, so
// it must not reach what only this server can reach (server-side request forgery).
type MetadataFetcher struct {
	client  *http.Client
	private bool // addresses of private networks may be asked: the server itself is one on this machine
}

const fetchTakes = 10 * time.Second

// NewMetadataFetcher makes a fetcher for a server with a base URL. Private addresses and http are for servers on loopback.
func NewMetadataFetcher(baseURL string) (*MetadataFetcher, error) {
	o, err := parseOrigin(baseURL)
	if err != nil {
		return nil, err
	}
	f := &MetadataFetcher{private: isLoopback(o.base.Hostname())}
	f.client = &http.Client{
		Timeout: fetchTakes, CheckRedirect: f.mayFollow,
		// No proxy of the environment: what it resolves could not be judged here.
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: fetchTakes, Control: f.mayDial}).DialContext,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		},
	}
	return f, nil
}

// Fetch gets and reads the metadata at an address.
func (f *MetadataFetcher) Fetch(ctx context.Context, address string, now time.Time) (store.SAMLMetadata, error) {
	if err := f.mayAsk(address); err != nil {
		return store.SAMLMetadata{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return store.SAMLMetadata{}, err
	}
	response, err := f.client.Do(request)
	if err != nil {
		return store.SAMLMetadata{}, fmt.Errorf("the metadata cannot be fetched: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return store.SAMLMetadata{}, fmt.Errorf("the metadata cannot be fetched: the server answered %s", response.Status)
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, maxMetadata+1))
	if err != nil {
		return store.SAMLMetadata{}, fmt.Errorf("the metadata cannot be fetched: %w", err)
	}
	m, err := ReadSAMLMetadata(document, now)
	m.URL = address
	return m, err
}

func (f *MetadataFetcher) mayAsk(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("the metadata's address is not a URL such as https://login.example.com/metadata")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && f.private && isLoopback(u.Hostname())) {
		return errors.New("the metadata's address must begin with https://: whoever can change the document on its way can sign in as anybody")
	}
	return nil
}

// mayFollow keeps redirects to the host that the administrator named.
func (f *MetadataFetcher) mayFollow(r *http.Request, via []*http.Request) error {
	if r.URL.Host != via[0].URL.Host {
		return errors.New("the address leads on to another host; give the one where the document is")
	}
	if len(via) > 3 {
		return errors.New("the address leads on too often; give the one where the document is")
	}
	return f.mayAsk(r.URL.String())
}

// innerNetworks are networks that the standard library does not count as private (RFC 6598, RFC 6890, RFC 6052).
var innerNetworks = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16"),
}

// mayDial judges the address that a name was resolved to, at the moment of the connection: a name can mean something else when
// it is asked for again (DNS rebinding).
func (f *MetadataFetcher) mayDial(_, address string, _ syscall.RawConn) error {
	peer, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !f.private && isInner(peer.Addr().Unmap()) {
		return errors.New("the address leads into a private network; fetch the document yourself and give it as a file")
	}
	return nil
}

func isInner(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return true
	}
	for _, network := range innerNetworks {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}
