/** Which web servers are listed. */

/**
 * Tells whether an address is of a listed origin: scheme, host and port as they are written. `*.example.org` stands for every
 * host below example.org, and not for example.org itself. Without a port, the scheme's own.
 */
export function originPolicy(origins: readonly string[]): (url: URL) => boolean {
  const rules = origins.map((origin) => {
    const wild = origin.includes('://*.');
    const { protocol, hostname, port } = new URL(wild ? origin.replace('://*.', '://') : origin);
    return { wild, protocol, hostname, port };
  });
  return ({ protocol, hostname, port }) =>
    rules.some((rule) => rule.protocol === protocol && rule.port === port && (rule.wild ? hostname.endsWith(`.${rule.hostname}`) : hostname === rule.hostname));
}
