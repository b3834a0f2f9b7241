/** What models are for and why they left, in words. */

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
