/** Where parts of the program say what happens. A port: the command line decides where it goes. */

/** Facts that belong to a line, by name. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes lines by how much they matter. Secrets never go into a line. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const nothing = (): void => undefined;

/** Says nothing. */
export const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
