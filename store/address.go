package store

import "net/netip"

// AddressGroup is what an address counts as where callers are told apart. Whoever has one IPv6 address has 2^64 of them
// (RFC 4291). A text that is no address stands for itself.
func AddressGroup(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	network, _ := ip.Prefix(64) // which every IPv6 address has
	return network.String()
}
