/** The configuration of a broker for tests: one node, loopback only, small and quick to start. */

/** Where a broker listens, and where it keeps its data. */
export interface Place {
  /** Address that the server binds to. */
  readonly bindHost: string;
  readonly clientPort: number;
  readonly controllerPort: number;
  /** For what the broker says to itself, where clients have to say who they are. */
  readonly innerPort: number;
  readonly dataFolder: string;
}

/** What a client has to speak to the broker. */
export type ListenerProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** The text of `server.properties`; `more` replaces what is here. */
export function serverProperties(place: Place, protocol: ListenerProtocol, more: Readonly<Record<string, string>>): string {
  // The broker is its own client too; it need not prove to itself who it is.
  const isOpen = protocol === 'PLAINTEXT';
  const inner = isOpen ? '' : `,INNER://127.0.0.1:${place.innerPort}`;
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${place.controllerPort}`,
    listeners: `CLIENT://${place.bindHost}:${place.clientPort},CONTROLLER://127.0.0.1:${place.controllerPort}${inner}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${place.clientPort}${inner}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': isOpen ? 'CLIENT' : 'INNER',
    'listener.security.protocol.map': `CLIENT:${protocol},CONTROLLER:PLAINTEXT,INNER:PLAINTEXT`,
    'log.dirs': place.dataFolder,
    'auto.create.topics.enable': 'false',
    // One node keeps one copy, and few internal partitions are created sooner.
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    // Tests wait for joins, time-outs and takeovers.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // A broker that was killed is let in again once its session is over.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'message.max.bytes': '67108864',
    // Memory and threads: two brokers may run beside two test files on two cores.
    'log.cleaner.dedupe.buffer.size': '4194304',
    'log.index.size.max.bytes': '1048576',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'background.threads': '2',
    ...more,
  };
  return Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join('');
}
