/** All lines of an episode, page by page, as they stand at one revision. */

import type { send } from '../api/client'
import type { Line, Page } from '../api/domain'

export type LineList = Page<Line> & { revision: number; can_undo: boolean; can_redo: boolean }

const N_PAGE = 1000
/** So that the first screen is there at once. */
const N_FIRST = 100
const MOST_TRIES = 5

interface Wish {
  /** The revision that the list has at least: what was edited here meanwhile is in it. */
  since: () => number
  /** Called with as many lines as are there, while more are on their way; where it is left out, nobody waits for the first. */
  onpart?: ((part: LineList) => void) | undefined
}

/** @throws {Refusal} there is no such episode. */
export async function listLines(ask: typeof send, episode: number, { since, onpart }: Wish): Promise<LineList> {
  const get = (after: string | null, limit: number) => {
    const from = after === null ? '' : `&after=${encodeURIComponent(after)}`
    return ask<LineList>('GET', `/v1/episodes/${episode}/lines?limit=${limit}${from}`)
  }
  for (let nTries = 1; ; nTries++) {
    const list = await get(null, onpart ? N_FIRST : N_PAGE)
    while (list.next !== null) {
      onpart?.(list)
      const page = await get(list.next, N_PAGE)
      if (page.revision !== list.revision) break
      list.data.push(...page.data)
      list.next = page.next
    }
    // Otherwise somebody edited between two pages, or the person here did meanwhile.
    if (list.next === null && (list.revision >= since() || nTries === MOST_TRIES)) return list
    if (nTries === MOST_TRIES) throw new Error('This reading is edited faster than it can be shown.')
  }
}
