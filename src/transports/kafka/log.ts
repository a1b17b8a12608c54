/** What kafkajs says, at the weight that it has for us. */
import { logLevel, type LogEntry, type logCreator } from 'kafkajs';
import type { Logger } from '../../domain/logger.js';

/**
 * kafkajs calls things errors that are the life of a client: a group that rebalances, a coordinator that moves, a broker that
 * restarts. Whoever called it gets the error thrown and says so once, with a code, if it matters; so its own lines are for
 * those who look for details.
 */
const USUAL = [
  /^Response /,
  /^Failed to (?:connect|send messages|execute)/,
  /^(?:Connection|Socket|Request|Response)\b/i,
  /^The (?:group is rebalancing|coordinator is not aware)/,
  /^(?:Crash|Restarting the consumer|Topic has been updated|Could not describe configs)/,
  /^Consumer is not aware of all assigned partitions/,
  /^Limiting retries for the idempotent producer/,
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|Connection timeout|Closed connection/,
];

/** A log creator for kafkajs that writes to `logger`. */
export function kafkaLogCreator(logger: Logger): logCreator {
  return () => (entry: LogEntry) => {
    // Some lines are errors themselves.
    const said: unknown = entry.log.message;
    const text = typeof said === 'string' ? said : String(said);
    const details = Object.entries(entry.log).filter(([name]) => !['message', 'timestamp', 'logger', 'stack'].includes(name));
    const fields = { part: `kafkajs/${entry.namespace}`, ...(Object.fromEntries(details) as Record<string, unknown>) };
    if (entry.level > logLevel.WARN || entry.level === logLevel.NOTHING || USUAL.some((pattern) => pattern.test(text))) logger.debug(text, fields);
    else logger.warn(text, fields);
  };
}
