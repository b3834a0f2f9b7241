/** What models are for, what they take and why they left, in words. */

import { toSize } from '../words/sizes'

const TASKS: Record<string, string> = {
  synthesize: 'speaks',
  transcribe: 'listens',
  caption: 'describes pictures',
  complete: 'writes',
  illustrate: 'draws',
  embed_speaker: 'tells speakers apart',
}

const REASONS: Record<string, string> = {
  room: 'to make room',
  idle: 'after a while without work',
  outgrown: 'because it grew too large',
  unwanted: 'by hand',
}

export function nameTask(task: string): string {
  return TASKS[task] ?? task
}

/** What a model takes now, and what the budget keeps for it where that is more: what it took at its most. */
export function tellMemory(bytes: number, kept: number): string {
  return toSize(bytes) === toSize(kept) ? toSize(kept) : `${toSize(kept)} kept for it, ${toSize(bytes)} in use`
}

/** `evicted twice to make room, once by hand`; empty where it never was. */
export function tellEvictions(evictions: Record<string, number>): string {
  const told = Object.entries(evictions)
    .filter(([, n]) => n > 0)
    .map(([reason, n]) => `${times(n)} ${REASONS[reason] ?? `(${reason})`}`)
  return told.length > 0 ? `left memory ${told.join(', ')}` : ''
}

function times(n: number): string {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`
}
