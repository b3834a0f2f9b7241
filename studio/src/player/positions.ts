/** Where a person stopped listening, by episode, kept in the browser. */

export interface Position {
  /** Seconds from the beginning. */
  at_s: number
  duration_s: number
  /** Unix time in milliseconds, to forget the oldest first. */
  kept: number
}

const KEY = 'positions'
/** About 30 kB of the 5 MB that a browser gives. */
const N_KEPT = 500
/** Heard to here, an episode is heard. */
const NEARLY_S = 20

export class Positions {
  #known: Record<string, Position>

  constructor(
    private readonly storage: Pick<Storage, 'getItem' | 'setItem'>,
    private readonly now: () => number = Date.now,
  ) {
    this.#known = read(storage.getItem(KEY))
  }

  find(episode: number): Position | null {
    return this.#known[episode] ?? null
  }

  keep(episode: number, at_s: number, duration_s: number): void {
    this.#known[episode] = { at_s: Math.round(at_s * 10) / 10, duration_s, kept: this.now() }
    const entries = Object.entries(this.#known)
    if (entries.length > N_KEPT) {
      entries.sort(([, one], [, other]) => other.kept - one.kept)
      this.#known = Object.fromEntries(entries.slice(0, N_KEPT))
    }
    this.storage.setItem(KEY, JSON.stringify(this.#known))
  }

  /** Where to go on: not at the very end, where there is nothing left to hear. */
  resume_s(episode: number): number {
    const position = this.find(episode)
    return position === null || isHeard(position) ? 0 : position.at_s
  }
}

/** Whether all but the last words were heard. */
export function isHeard({ at_s, duration_s }: Pick<Position, 'at_s' | 'duration_s'>): boolean {
  return duration_s > 0 && at_s >= Math.max(duration_s - NEARLY_S, duration_s * 0.9)
}

function read(text: string | null): Record<string, Position> {
  try {
    const found: unknown = JSON.parse(text ?? '{}')
    return typeof found === 'object' && found !== null ? (found as Record<string, Position>) : {}
  } catch {
    return {}
  }
}
