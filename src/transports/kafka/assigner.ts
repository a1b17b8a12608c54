/**
 * Shares partitions out among the workers. A worker keeps what it has as far as the shares stay even, since a partition that
 * moves has to have its state read again; a partition of the topic of state goes where that of segments goes.
 */
import { AssignerProtocol, type Assigner, type PartitionAssigner } from 'kafkajs';

/** What is shared out, and what this worker has. */
export interface AssignerOptions {
  readonly segments: string;
  readonly state: string;
  /** Partitions that this worker has now; asked each time that it joins. */
  readonly owned: () => readonly number[];
  /** Told of each time that this worker asks to join. */
  readonly onJoin: () => void;
}

const NAME = 'framewitness-sticky';
const VERSION = 1;

/**
 * Even shares, in which members keep what they have, as far as it is their share. Pure.
 *
 * @param owned - by member, the partitions that it says it has; where two say so, the first in order of member id keeps it
 */
export function shareOut(partitions: readonly number[], owned: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, readonly number[]> {
  const members = [...owned.keys()].sort();
  const shares = new Map<string, number[]>(members.map((member) => [member, []]));
  if (members.length === 0) return shares;
  const least = Math.floor(partitions.length / members.length);
  let withOneMore = partitions.length % members.length;
  const free = new Set(partitions);
  // Those who have most come first for the larger shares.
  for (const member of [...members].sort((a, b) => (owned.get(b)?.length ?? 0) - (owned.get(a)?.length ?? 0) || (a < b ? -1 : 1))) {
    const share = shares.get(member) ?? [];
    for (const partition of [...(owned.get(member) ?? [])].sort((a, b) => a - b)) {
      const larger = share.length === least && withOneMore > 0;
      if (!free.has(partition) || (share.length >= least && !larger)) continue;
      if (larger) withOneMore--;
      share.push(partition);
      free.delete(partition);
    }
  }
  for (const partition of [...free].sort((a, b) => a - b)) {
    const [smallest] = [...shares.values()].sort((a, b) => a.length - b.length);
    smallest?.push(partition);
  }
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}

function ownedBy(metadata: Buffer): readonly number[] {
  const { userData } = AssignerProtocol.MemberMetadata.decode(metadata) ?? { userData: Buffer.alloc(0) };
  try {
    const list: unknown = JSON.parse(userData.toString('utf8'));
    return Array.isArray(list) ? list.filter((entry): entry is number => Number.isInteger(entry)) : [];
  } catch {
    // A member of another release: it keeps nothing.
    return [];
  }
}

/** The assigner of one consumer. */
export function stickyAssigner({ segments, state, owned, onJoin }: AssignerOptions): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name: NAME,
    version: VERSION,
    assign: ({ members }) => {
      const partitions = cluster.findTopicPartitionMetadata(segments).map(({ partitionId }) => partitionId);
      const withState = new Set(cluster.findTopicPartitionMetadata(state).map(({ partitionId }) => partitionId));
      const shares = shareOut(partitions, new Map(members.map(({ memberId, memberMetadata }) => [memberId, ownedBy(memberMetadata)])));
      return Promise.resolve(
        [...shares].map(([memberId, share]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: VERSION,
            assignment: { [segments]: [...share], [state]: share.filter((partition) => withState.has(partition)) },
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol: ({ topics }) => {
      onJoin();
      return { name: NAME, metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.from(JSON.stringify(owned()), 'utf8') }) };
    },
  });
}
