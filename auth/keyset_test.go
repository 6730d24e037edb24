package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keyServer publishes a key set that the test changes, and counts how often it is asked.
type keyServer struct {
	key   *rsa.PrivateKey
	ids   atomic.Pointer[[]string]
	down  atomic.Bool
	asked atomic.Int32
	now   time.Time
	set   *keySet
}

func newKeyServer(t *testing.T) *keyServer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k := &keyServer{key: key, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	k.publish("a")
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	k.set = &keySet{url: server.URL, algorithms: []jose.SignatureAlgorithm{jose.RS256}, client: server.Client(), now: func() time.Time { return k.now }}
	return k
}

func (k *keyServer) publish(ids ...string) { k.ids.Store(&ids) }

func (k *keyServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	k.asked.Add(1)
	if k.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	set := map[string]any{}
	keys := []any{map[string]any{"kty": "unheard-of", "kid": "odd"}}
	for _, id := range *k.ids.Load() {
		keys = append(keys, jose.JSONWebKey{Key: &k.key.PublicKey, KeyID: id, Use: "sig"})
	}
	set["keys"] = keys
	json.NewEncoder(w).Encode(set)
}

// verifies says whether a token with the key id is accepted.
func (k *keyServer) verifies(t *testing.T, id string) bool {
	t.Helper()
	options := &jose.SignerOptions{}
	if id != "" {
		options.WithHeader("kid", id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: k.key}, options)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(`{"sub":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.set.VerifySignature(context.Background(), token)
	return err == nil
}

func (k *keyServer) want(t *testing.T, id string, good bool, asked int32) {
	t.Helper()
	if got := k.verifies(t, id); got != good {
		t.Errorf("key %q: got accepted=%v, want %v", id, got, good)
	}
	if got := k.asked.Load(); got != asked {
		t.Errorf("the provider was asked %d times, want %d", got, asked)
	}
}

func TestKeySet_ForgedKeyIDsCauseOneFetchAMinute(t *testing.T) {
	t.Parallel()
	k := newKeyServer(t)
	k.want(t, "a", true, 1)
	for i := range 50 {
		k.want(t, fmt.Sprint("forged", i), false, 2)
	}
	k.want(t, "a", true, 2)
	k.now = k.now.Add(time.Minute)
	k.want(t, "forged", false, 3)
}

func TestKeySet_FollowsARollover(t *testing.T) {
	t.Parallel()
	k := newKeyServer(t)
	k.want(t, "a", true, 1)
	k.publish("a", "b")
	k.want(t, "b", true, 2)
}

func TestKeySet_ForgetsAWithdrawnKey(t *testing.T) {
	t.Parallel()
	k := newKeyServer(t)
	k.want(t, "a", true, 1)
	k.publish()
	k.now = k.now.Add(10*time.Minute - time.Second)
	k.want(t, "a", true, 1)
	k.now = k.now.Add(time.Second)
	k.want(t, "a", false, 2)
}

func TestKeySet_OutlivesAProviderThatIsDownForADay(t *testing.T) {
	t.Parallel()
	k := newKeyServer(t)
	k.want(t, "a", true, 1)
	k.down.Store(true)
	k.now = k.now.Add(23 * time.Hour)
	k.want(t, "a", true, 2)
	k.now = k.now.Add(time.Hour)
	k.want(t, "a", false, 3)
	k.down.Store(false)
	k.now = k.now.Add(time.Minute)
	k.want(t, "a", true, 4)
}

func TestKeySet_AFailedFetchIsTriedAgainAfterTwoSeconds(t *testing.T) {
	t.Parallel()
	k := newKeyServer(t)
	k.down.Store(true)
	k.want(t, "a", false, 1)
	k.now = k.now.Add(2*time.Second - 1)
	k.want(t, "a", false, 1)
	k.down.Store(false)
	k.now = k.now.Add(1)
	k.want(t, "a", true, 2)
}

func TestKeySet_FollowsARolloverWhoseFirstFetchFailed(t *testing.T) {
	t.Parallel()
	k := newKeyServer(t)
	k.want(t, "a", true, 1)
	k.publish("a", "b")
	k.down.Store(true)
	k.want(t, "b", false, 2)
	k.want(t, "a", true, 2)
	k.down.Store(false)
	k.now = k.now.Add(2 * time.Second)
	k.want(t, "b", true, 3)

	// The fetch that succeeded counts: forged key ids wait for a minute again.
	k.now = k.now.Add(time.Minute - 1)
	k.want(t, "forged", false, 3)
	k.now = k.now.Add(1)
	k.want(t, "forged", false, 4)
}

func TestKeySet_TokensWithoutAKeyID(t *testing.T) {
	t.Parallel()
	k := newKeyServer(t)
	k.want(t, "", true, 1)
	k.publish("a", "b")
	k.now = k.now.Add(10 * time.Minute)
	k.want(t, "", false, 2)
}
