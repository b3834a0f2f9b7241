/** How loud takes are, for pictures of them. A take never changes, so that each is asked for once. */

import { api, ask } from '../api/client'

/** Bars of a picture. */
export const N_BARS = 64
/** Takes whose pictures are kept: more than anybody scrolls through back and forth. */
const MOST_KEPT = 500

const kept = new Map<number, number[]>()

/** The loudest moment of each stretch of a take, 0 to 1. */
export async function findPeaks(take: number, signal: AbortSignal): Promise<number[]> {
  const known = kept.get(take)
  if (known) return known
  const params = { path: { take_id: take }, query: { n: N_BARS } }
  const { peaks } = await ask<{ peaks: number[] }>(api.GET('/v1/takes/{take_id}/peaks', { params, signal }))
  for (const oldest of kept.keys()) {
    if (kept.size < MOST_KEPT) break
    kept.delete(oldest)
  }
  kept.set(take, peaks)
  return peaks
}

/** Peaks as the outline of upright bars in a picture one unit wide a bar and 2 units high, the loudest as high as it is. */
export function draw(peaks: readonly number[]): string {
  const top = Math.max(0.05, ...peaks)
  return peaks
    .map((peak, index) => {
      const size = Math.max(0.04, peak / top) * 0.96
      return `M${index + 0.5} ${(1 - size).toFixed(2)}v${(2 * size).toFixed(2)}`
    })
    .join('')
}
