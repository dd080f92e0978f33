import { BlockList, isIP } from 'node:net'

// Reserved by IANA, and not used by any receiver on the internet:
// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry. Includes 169.254.169.254
// and fd00:ec2::254, where clouds keep credentials.
const IPV4: readonly [net: string, prefix: number][] = [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carriers' address translation
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]
const IPV6: readonly [net: string, prefix: number][] = [
  ['::', 96], // unspecified, loopback, IPv4-compatible
  ['64:ff9b:1::', 48], // address translation within a network
  ['100::', 64], // discarded
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which holds any IPv4 address
  ['3fff::', 20], // documentation
  ['5f00::', 16], // segment routing
  ['fc00::', 7], // unique local
  ['fe80::', 10], // link-local
  ['fec0::', 10], // site-local
  ['ff00::', 8], // multicast
]
// IPv6 addresses that stand for an IPv4 address: mapped, and translated at the border of a network without IPv4.
const EMBEDDING = ['::ffff:', '::ffff:0:', '64:ff9b::']

const refused = new BlockList()
for (const [net, prefix] of IPV4) {
  refused.addSubnet(net, prefix, 'ipv4')
  for (const start of EMBEDDING) refused.addSubnet(`${start}${net}`, 96 + prefix, 'ipv6')
}
for (const [net, prefix] of IPV6) refused.addSubnet(net, prefix, 'ipv6')

/** Whether an IP address is public, i.e. on the internet, where any server may be. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !refused.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
