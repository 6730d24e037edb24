package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysFresh    = 10 * time.Minute // after that, keys are fetched again, and a withdrawn key is gone
	keysPause    = time.Minute      // between two fetches for the same cause, whatever arrives
	keysRetry    = 2 * time.Second  // after a fetch that failed
	keysLastGood = 24 * time.Hour   // how long keys outlive a provider that does not answer
)

// keySet is the oidc.KeySet of one provider. go-oidc's own fetches once for each unknown key id, so that forged tokens
// become a flood at the provider, and it never forgets a key, so that one withdrawn after a theft stays good.
type keySet struct {
	url        string
	algorithms []jose.SignatureAlgorithm // that a token may be signed with
	client     *http.Client
	now        func() time.Time

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // the last success
	tried   time.Time // the last attempt because the keys were old
	forced  time.Time // the last attempt because a token named an unknown key
	failure error     // of the last attempt
}

// keysError says that the provider's keys cannot be had, which is not the token's fault.
type keysError struct{ cause error }

func (e *keysError) Error() string {
	return "the provider's keys cannot be fetched: " + e.cause.Error()
}
func (e *keysError) Unwrap() error { return e.cause }

// VerifySignature returns the payload of a token that one of the provider's present keys signed.
func (k *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, k.algorithms)
	if err != nil {
		return nil, err
	}
	if len(jws.Signatures) != 1 {
		return nil, errors.New("the token does not have exactly one signature")
	}
	header := jws.Signatures[0].Header
	key, err := k.find(ctx, header.KeyID, jose.SignatureAlgorithm(header.Algorithm))
	if err != nil {
		return nil, err
	}
	return jws.Verify(key)
}

// find returns the key of an id. The lock is held while keys are fetched, so that many sign-ins wait for one fetch.
func (k *keySet) find(ctx context.Context, id string, algorithm jose.SignatureAlgorithm) (*jose.JSONWebKey, error) {
	k.lock(ctx)
	defer k.mu.Unlock()
	key, known := k.lookup(id, algorithm)
	if k.due(known) {
		goOn := waiting(ctx)
		k.failure = k.fetch(ctx)
		goOn()
		key, known = k.lookup(id, algorithm)
	}
	if known && k.now().Sub(k.fetched) < keysLastGood {
		return key, nil
	}
	if k.failure != nil {
		return nil, &keysError{k.failure}
	}
	return nil, fmt.Errorf("the provider publishes no key with the id %.40q", id)
}

// lock waits where another request fetches. Who need not wait gives no place to others: each would let one more in than the server works on.
func (k *keySet) lock(ctx context.Context) {
	if k.mu.TryLock() {
		return
	}
	defer waiting(ctx)()
	k.mu.Lock()
}

// due says whether to fetch now, and remembers that. The two causes are counted apart, so that a rollover right after
// the first sign-in is followed at once.
func (k *keySet) due(known bool) bool {
	now, pause := k.now(), keysPause
	if k.failure != nil {
		pause = keysRetry // the provider has not answered yet what was asked
	}
	if now.Sub(k.fetched) >= keysFresh {
		if now.Sub(k.tried) < pause {
			return false
		}
		k.tried = now
		return true
	}
	if known || now.Sub(k.forced) < pause {
		return false
	}
	k.forced = now
	return true
}

// lookup finds a key by id. Without an id there must be a single key that fits the algorithm (OpenID Connect Core section
// 10.1 demands ids where there are several).
func (k *keySet) lookup(id string, algorithm jose.SignatureAlgorithm) (*jose.JSONWebKey, bool) {
	var found *jose.JSONWebKey
	for i := range k.keys {
		key := &k.keys[i]
		if !signsWith(key, algorithm) || id != "" && key.KeyID != id {
			continue
		}
		if id != "" {
			return key, true
		}
		if found != nil {
			return nil, false
		}
		found = key
	}
	return found, found != nil
}

func (k *keySet) fetch(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return err
	}
	res, err := k.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", k.url, res.Status)
	}
	body, err := io.ReadAll(res.Body) // capped by the client's transport
	if err != nil {
		return err
	}
	keys, err := parseKeys(body)
	if err != nil {
		return err
	}
	k.keys, k.fetched = keys, k.now()
	return nil
}

// parseKeys reads a JWK set. Keys of unknown kinds are passed over, as RFC 7517 section 5 asks. A set without a key is
// taken at its word: that is how a provider withdraws its only one.
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("the key set is not JSON: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) != nil || !key.Valid() || !key.IsPublic() || key.Use == "enc" {
			continue
		}
		keys = append(keys, key)
	}
	return keys, nil
}
