/** The claim settings of a topology; without any, no claim check is followed. */
import type { ClaimSettings } from '../../transports/claims/settings.js';
import { claims, withAbsoluteFolders } from '../claims-section.js';
import type { LoadedTopology } from '../load.js';

/** Settings with absolute folders. */
export function claimSettings({ topology, folder }: LoadedTopology): ClaimSettings {
  const written = topology.transport !== undefined && 'claims' in topology.transport ? topology.transport.claims : undefined;
  return withAbsoluteFolders(claims.parse(written ?? {}), folder);
}
