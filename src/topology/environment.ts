/** Values from the environment: `${env:NAME}` and `${env:NAME:-default}` inside a scalar; `$$` stands for `$`. */

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What became of a scalar's text. */
export interface Substitution {
  readonly text: string;
  /** True when at least one variable or default was put in. */
  readonly substituted: boolean;
  readonly mistakes: readonly { readonly message: string; readonly hint: string }[];
}

const REFERENCE = /\$(?:\$|\{(?:env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|([^}]*)\}?))/g;

/**
 * Puts variables into a text. A default (which may be empty) stands in where the variable is unset or empty, as in a
 * shell. What is put in is not looked through again.
 */
export function substituteEnvironment(text: string, environment: Environment): Substitution {
  const mistakes: { message: string; hint: string }[] = [];
  let substituted = false;
  const result = text.replace(REFERENCE, (whole: string, name: string | undefined, fallback: string | undefined, other: string | undefined) => {
    if (whole === '$$') return '$';
    if (name === undefined) {
      const bare = other?.replace(/^env:/, '').replace(/:-.*$/s, '').trim() ?? '';
      const suggestion = /^[A-Za-z_][A-Za-z0-9_]*$/.test(bare) ? `\${env:${bare}}` : '${env:NAME} or ${env:NAME:-default}';
      mistakes.push({ message: 'a reference to the environment is malformed', hint: `write ${suggestion}, and $$ for a dollar sign` });
      return whole;
    }
    substituted = true;
    const value = environment[name];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) mistakes.push({ message: `the variable ${name} is not set in the environment`, hint: `set it, or write a default: \${env:${name}:-default}` });
    return value ?? '';
  });
  return { text: result, substituted, mistakes };
}

/** The value that an unquoted YAML scalar of this text has (YAML 1.2 core schema). It cannot become a list or a group. */
export function plainScalar(text: string): unknown {
  const trimmed = text.trim();
  if (/^(?:~|null|Null|NULL|)$/.test(trimmed)) return null;
  if (/^(?:true|True|TRUE)$/.test(trimmed)) return true;
  if (/^(?:false|False|FALSE)$/.test(trimmed)) return false;
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(trimmed)) return Number(trimmed);
  return trimmed;
}
