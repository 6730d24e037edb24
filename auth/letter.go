package auth

import (
	"fmt"
	"strings"
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// Letters are plain text. Their links begin with the configured base URL, never with what a request says of its host
// (CVE-2026-6333, GHSA-x3f4-v83f-7wp2), and they go to the address on record, never to one that a request names
// (CVE-2023-7028).

// AddressOf is the address at which a person gets mail, "" when none is known.
func AddressOf(p store.PersonRecord) string {
	for _, text := range []string{p.Email, p.User.UserName} {
		if store.IsAddress(text) {
			return text
		}
	}
	return ""
}

// InviteLink is the address of an invitation.
func InviteLink(baseURL, secret string) string { return baseURL + "/invite/" + secret }

// Invite makes a one-time link for a person to choose a password with, and mails it if send is set. For somebody to whom
// SSO applies the page behind it leads to the provider.
func Invite(tx *store.Tx, baseURL string, p store.PersonRecord, send bool) (link string, err error) {
	d := tx.Directory(p.Directory)
	i, secret, err := d.Invite(p.User.ID, store.ToInvite)
	if err != nil {
		return "", err
	}
	link = InviteLink(baseURL, secret)
	if !send {
		return link, nil
	}
	purpose := "choose a password"
	if !methodFacts(p.WaysIn, i.ExpiresAt.Add(-store.InviteFor)).MaySetPassword() {
		purpose = "sign in with your organization's account"
	}
	return link, d.QueueMail(p.User.ID, store.Mail{
		To: AddressOf(p), ExpiresAt: i.ExpiresAt, Subject: "Your invitation to " + printable(p.Organization.Name),
		Text: letter(baseURL, p.User, fmt.Sprintf("You are invited to %s. Open this link to %s:", printable(p.Organization.Name), purpose), link,
			"The link works once, until "+inWords(i.ExpiresAt)+". If you did not expect this message, you need not do anything."),
	})
}

// resetLetter carries the link by which somebody sets another password.
func resetLetter(baseURL string, p store.PersonRecord, i store.Invitation, secret string) store.Mail {
	return store.Mail{
		To: AddressOf(p), ExpiresAt: i.ExpiresAt, Subject: "Set a new password",
		Text: letter(baseURL, p.User, fmt.Sprintf("Somebody, probably you, asked to set a new password for %s. Open this link to set it:", printable(p.User.UserName)),
			baseURL+"/reset/"+secret, "The link works once, until "+inWords(i.ExpiresAt)+". If it was not you, you need not do anything: your password stays as it is."),
	}
}

// changedLetter tells somebody that the password was changed, should it have been somebody else.
func changedLetter(baseURL string, p store.PersonRecord, at time.Time, from visitor) store.Mail {
	return store.Mail{
		To: AddressOf(p), ExpiresAt: at.Add(store.InviteFor), Subject: "Your password was changed",
		Text: letter(baseURL, p.User, fmt.Sprintf("The password of %s was changed at %s, from the address %s. Sessions from before have ended.",
			printable(p.User.UserName), inWords(at), printable(from.address)), "", "If it was not you, set another password at once, at "+baseURL+"/reset, and tell your administrator."),
	}
}

// renewedLetter tells somebody that there are other recovery codes, should it have been somebody else.
func renewedLetter(baseURL string, p store.PersonRecord, at time.Time, from visitor) store.Mail {
	return store.Mail{
		To: AddressOf(p), ExpiresAt: at.Add(store.InviteFor), Subject: "Your recovery codes were renewed",
		Text: letter(baseURL, p.User, fmt.Sprintf("New recovery codes were made for %s at %s, from the address %s. Earlier ones do not work any more.",
			printable(p.User.UserName), inWords(at), printable(from.address)), "",
			"If it was not you, change your password at once, at "+baseURL+"/reset, and ask your administrator to reset your second factor."),
	}
}

// letter puts a message together.
func letter(baseURL string, u store.User, opening, link, closing string) string {
	parts := []string{"Hello " + printable(displayName(u)) + ","}
	parts = append(parts, opening)
	if link != "" {
		parts = append(parts, "  "+link)
	}
	parts = append(parts, closing, "Doorlist at "+baseURL)
	return strings.Join(parts, "\n\n") + "\n"
}

func inWords(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// MayChoosePassword says whether a password would be of use to the person.
func MayChoosePassword(p store.PersonRecord, now time.Time) bool {
	return p.User.MayEnter() && methodFacts(p.WaysIn, now).MaySetPassword()
}

// methodNow is the method that applies to a person.
func methodNow(w store.WaysIn, now time.Time) policy.Method {
	method, _ := policy.MethodFor(methodFacts(w, now))
	return method
}
