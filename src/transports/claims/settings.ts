/** From where claim checks may be resolved: the topology's `transport.claims`. What is not listed is refused. */
export interface ClaimSettings {
  /** Attempts at what may succeed later (a reset connection, a busy server); at least 1. */
  readonly attempts: number;
  /** Wait before the second attempt; it doubles with each further one. */
  readonly retryMillis: number;
  /** Longest time of one attempt. */
  readonly timeoutSeconds: number;
  /** Longest silence within an attempt. */
  readonly idleSeconds: number;
  readonly file: {
    /** Folders that `file:` claims may lie in, at any depth; absolute paths. */
    readonly folders: readonly string[];
  };
  readonly http: {
    /** `https://media.example.org`, `https://*.example.org`, `http://10.0.0.5:8080`. */
    readonly origins: readonly string[];
    /** Addresses and ranges that may be connected to although they are not public. */
    readonly privateAddresses: readonly string[];
  };
  readonly s3: {
    readonly buckets: readonly string[];
    /** Address of an S3-compatible server; empty for AWS. */
    readonly endpoint: string;
    readonly region: string;
    /** `https://host/bucket/key` instead of `https://bucket.host/key`. */
    readonly pathStyle: boolean;
  };
}

/** What one attempt at a claim is bound by. */
export interface FetchContext {
  readonly signal: AbortSignal;
  readonly idleMillis: number;
}
