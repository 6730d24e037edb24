package auth

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// smtpDelivery hands messages to the server of a URL that MailConfig.Check accepted.
func smtpDelivery(raw string) func(ctx context.Context, m *mail.Msg, id string) error {
	return func(ctx context.Context, m *mail.Msg, _ string) error {
		u, err := url.Parse(raw)
		if err != nil {
			return errors.New("the SMTP URL cannot be read")
		}
		client, err := mail.NewClient(u.Hostname(), smtpOptions(u)...)
		if err != nil {
			return err
		}
		return client.DialAndSendWithContext(ctx, m)
	}
}

func smtpOptions(u *url.URL) []mail.Option {
	options := []mail.Option{mail.WithTimeout(15 * time.Second)}
	port := 587
	switch {
	case u.Scheme == "smtps":
		options, port = append(options, mail.WithSSL()), 465
	case isLoopback(u.Hostname()):
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic)) // a relay on this machine often has no certificate
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if given, err := strconv.Atoi(u.Port()); err == nil {
		port = given
	}
	options = append(options, mail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	return options
}

// fileDelivery writes each message into a file of a folder that is its owner's alone, because the links in it are secrets.
// A file is there whole or not at all.
func fileDelivery(folder string) func(ctx context.Context, m *mail.Msg, id string) error {
	return func(_ context.Context, m *mail.Msg, id string) error {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		f, err := os.CreateTemp(folder, "*.part")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		_, err = m.WriteTo(f)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
		return os.Rename(f.Name(), filepath.Join(folder, id+".eml")) // ids are in order of time
	}
}
