package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/wneessen/go-mail"

	"doorlist/store"
)

// MailConfig says where mail goes: to an SMTP server, else into files. With neither it waits in the outbox.
type MailConfig struct {
	// SMTPURL is smtp://USER:PASSWORD@HOST:587, which demands STARTTLS (but for this machine), or smtps:// for TLS at once.
	SMTPURL string
	// Folder gets one file a message, for a demonstration.
	Folder string
	From   string // the sender's address
}

// Check says what is wrong with the settings.
func (c MailConfig) Check() error {
	if c.From != "" && !store.IsAddress(c.From) {
		return fmt.Errorf("--mail-from is %q; give an address such as door@example.com", c.From)
	}
	if c.SMTPURL == "" {
		return nil
	}
	// The URL is not repeated: it may hold a password.
	u, err := url.Parse(c.SMTPURL)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" {
		return errors.New("--smtp-url must look like smtp://USER:PASSWORD@mail.example.com:587 or smtps://mail.example.com")
	}
	return nil
}

// Mailer sends what waits in the outbox.
type Mailer struct {
	store   *store.Store
	from    string
	log     *slog.Logger
	deliver func(ctx context.Context, m *mail.Msg, id string) error
	// encoding is quoted-printable for servers, and plain for files, so that a person can copy a link.
	encoding mail.Encoding
}

// NewMailer makes a mailer; nil where there is neither a server nor a folder.
func NewMailer(s *store.Store, c MailConfig, log *slog.Logger) (*Mailer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	m := &Mailer{store: s, from: c.From, log: log, encoding: mail.EncodingQP}
	switch {
	case c.SMTPURL != "":
		m.deliver = smtpDelivery(c.SMTPURL)
	case c.Folder != "":
		m.deliver, m.encoding = fileDelivery(c.Folder), mail.NoEncoding
	default:
		return nil, nil
	}
	return m, nil
}

// How the outbox is worked off. A sender that dies leaves its message to another after the lease.
const (
	mailLooks  = 2 * time.Second
	mailLease  = 2 * time.Minute
	mailTakes  = time.Minute
	firstRetry = 30 * time.Second
	lastRetry  = time.Hour
)

// Run sends until ctx ends. Several servers may run at once: each message is one's at a time.
func (m *Mailer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := m.sendOne(ctx)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil {
			m.log.ErrorContext(ctx, "the outbox cannot be worked off", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(mailLooks):
		}
	}
}

// sendOne sends a message whose time has come; store.ErrNotFound when there is none.
func (m *Mailer) sendOne(ctx context.Context) error {
	message, err := m.store.ClaimMail(ctx, mailLease)
	if errors.Is(err, store.ErrSealed) {
		return m.putOff(ctx, message, err)
	}
	if err != nil {
		return err
	}
	if !m.store.Now().Before(message.ExpiresAt) {
		return m.store.FinishMail(ctx, message, "it could not be sent while it was of use: "+message.Fault)
	}
	if err := m.send(ctx, message); err != nil {
		return m.putOff(ctx, message, err)
	}
	return m.store.FinishMail(ctx, message, "")
}

func (m *Mailer) send(ctx context.Context, message store.Mail) error {
	out := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(m.encoding))
	if err := errors.Join(out.From(m.from), out.To(message.To)); err != nil {
		return err
	}
	out.Subject(message.Subject)
	out.SetDateWithValue(m.store.Now())
	out.SetMessageIDWithValue(message.ID + "@doorlist")  // the same at each attempt, so that mailboxes drop a repetition
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	out.SetBodyString(mail.TypeTextPlain, message.Text)
	ctx, cancel := context.WithTimeout(ctx, mailTakes)
	defer cancel()
	return m.deliver(ctx, out, message.ID)
}

// putOff tries again later, less and less often.
func (m *Mailer) putOff(ctx context.Context, message store.Mail, fault error) error {
	wait := min(firstRetry<<min(message.Attempts-1, 10), lastRetry)
	m.log.WarnContext(ctx, "mail could not be sent", "mail", message.ID, "attempts", message.Attempts, "next_in", wait, "error", fault)
	return m.store.PutOffMail(ctx, message, m.store.Now().Add(wait), fault.Error())
}
