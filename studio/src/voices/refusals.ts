/** Why clips were refused, clip by clip, from the server's sentence. */

export interface RefusedClip {
  name: string
  faults: string
}

/** The clips that a refusal names; empty where it says something else. */
export function listRefused(message: string, names: string[]): RefusedClip[] {
  const said = message.slice(message.indexOf(':') + 1)
  return said
    .split('; ')
    .map((part) => {
      const name = names.find((each) => part.trim().startsWith(`${each}:`))
      return name === undefined ? null : { name, faults: part.trim().slice(name.length + 1).trim() }
    })
    .filter((each) => each !== null)
}

/** A name that the server takes: small letters, digits, `-` and `_`, forty at most. */
export const NAME_PATTERN = '[a-z0-9][a-z0-9_\\-]{0,39}'
