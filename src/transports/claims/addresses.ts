/** Which network addresses may be connected to. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { FramewitnessError } from '../../domain/errors.js';

/** Not reachable as a public host: private, loopback, link-local, shared, documentation, benchmarking, multicast, reserved (IANA's registry). */
const SPECIAL_IPV4 = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'];
/** All that is global unicast today; loopback, link-local, unique local, mapped and translated IPv4 and multicast lie outside. */
const GLOBAL_IPV6 = ['2000::/3'];
/** Within it: protocol assignments with Teredo, documentation, and 6to4, which wraps any IPv4 address. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', length] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    const bits = Number(length ?? (family === 'ipv4' ? 32 : 128));
    if ((!isIPv4(address) && !isIPv6(address)) || !Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) {
      throw new FramewitnessError('FW_TOPOLOGY_INVALID', `${range} in transport.claims.http.privateAddresses is not an address or a range such as 10.0.0.0/8 or fd00::/8`);
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}

const specialIpv4 = blockList(SPECIAL_IPV4);
const globalIpv6 = blockList(GLOBAL_IPV6);
const specialIpv6 = blockList(SPECIAL_IPV6);

/**
 * Tells whether an address may be connected to: public ones, and those within `listed`.
 *
 * @param listed - addresses and ranges (`10.0.0.0/8`, `::1`) that are allowed although they are not public
 * @throws FramewitnessError FW_TOPOLOGY_INVALID when one of them is neither
 */
export function addressPolicy(listed: readonly string[]): (address: string) => boolean {
  const allowed = blockList(listed);
  return (address) => {
    if (isIPv4(address)) return allowed.check(address, 'ipv4') || !specialIpv4.check(address, 'ipv4');
    if (!isIPv6(address)) return false;
    return allowed.check(address, 'ipv6') || (globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6'));
  };
}
