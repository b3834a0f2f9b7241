/** One thing sounds at a time: whoever begins stops what was there. */

let holder: (() => void) | null = null

/** Have the turn; `stop` is called when something else begins. Claiming again with the same `stop` changes nothing. */
export function claim(stop: () => void): void {
  if (holder === stop) return
  holder?.()
  holder = stop
}

/** Give the turn back; nothing happens where somebody else has it. */
export function release(stop: () => void): void {
  if (holder === stop) holder = null
}
