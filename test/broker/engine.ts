/** What runs a broker: Java on this machine, or a Docker container. */

/** A broker that this process started, and its data. */
export interface BrokerEngine {
  /** Starts the server on its data, the first time or again; it may not be ready yet. */
  start(): Promise<void>;
  /** Ends the server at once, without a chance to tidy up; data stay. */
  kill(): Promise<void>;
  /** Asks the server to end in good order, and waits for it; data stay. */
  stop(): Promise<void>;
  /** Ends the server and deletes its data. */
  remove(): Promise<void>;
  /** How the server ended, in words; undefined while it runs. */
  ended(): string | undefined;
  /** The last lines that the server wrote. */
  log(): Promise<string>;
}

/** What an engine needs to know. */
export interface EngineSettings {
  readonly clusterId: string;
  readonly clientPort: number;
  readonly controllerPort: number;
  readonly innerPort: number;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  readonly properties: Readonly<Record<string, string>>;
  /** Further arguments of Kafka's `format` command, such as `--add-scram`. */
  readonly formatArguments: readonly string[];
  readonly heapMegabytes: number;
}
